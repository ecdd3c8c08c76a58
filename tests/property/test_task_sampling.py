"""Laws of which tasks a step is trained on: with refill, general prompts and a curriculum too."""

import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpo.generate import Rollout
from grpo.groups import Group, describe
from grpo.settings import Rl
from grpo.task_sampling import Place, Stream, is_silent, passing, sample_step
from grpo.tasks import Task, draw, pick
from verifiers import Reason, Reward, Verdict

WORDS = st.sampled_from(["", "level", "-level"])
REFILLS = st.integers(0, 3)
STEPS = 5


@st.composite
def streams(draw, refill=REFILLS, curriculum=WORDS):
    """A stage of STEPS steps, with prompts without a ground truth in the last of them or without any."""
    size = draw(st.integers(1, 4))
    levels = draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
    tasks = [Task(f"t{i}", f"t{i}", "1", {"level": float(level)}) for i, level in enumerate(levels)]
    general = [Task(f"g{i}", f"g{i}", "1") for i in range(draw(st.integers(0, 3)))]
    share = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
    rl = Rl(tasks_per_step=size, group_size=2, refill=draw(refill), general_share=share, curriculum=draw(curriculum))
    first = draw(st.integers(1, STEPS)) if general else STEPS + 1
    return Stream(tasks, general, first, rl, draw(st.integers(0, 3)))


def group(task, rewards):
    verdicts = [{"math": Verdict(float(reward), Reason.CORRECT if reward else Reason.WRONG)} for reward in rewards]
    rollouts = [Rollout([1], [0.0], 0.5, truncated=False) for _ in rewards]
    given = [Reward(float(reward), verdict) for reward, verdict in zip(rewards, verdicts, strict=True)]
    return Group(task, task.question, [1], rollouts, [""] * len(rewards), given)


class Roller:
    """Rolls tasks out as dice say, the same for the same seed, and remembers every group."""

    def __init__(self, speaking=0.5):
        self.speaking, self.calls, self.seeds = speaking, [], []

    def __call__(self, tasks, seed):
        self.seeds.append(seed)
        dice = random.Random(seed)
        groups = [group(task, (1, 0) if dice.random() < self.speaking else (1, 1)) for task in tasks]
        self.calls.append(groups)
        return groups

    @property
    def groups(self):
        return [one for groups in self.calls for one in groups]


def run(stream, steps=STEPS, speaking=0.5, place=None, first=1):
    """Each step's sample, and the roller."""
    roll, samples = Roller(speaking), []
    place = place or Place()
    for step in range(first, steps + 1):
        samples.append(sample_step(stream, place, step, roll))
        place = samples[-1].place
    return samples, roll


def ids(groups):
    return [one.task.id for one in groups]


@given(stream=streams(), speaking=st.sampled_from([0.0, 0.3, 1.0]))
def test_every_task_of_an_epoch_comes_once_before_any_comes_twice(stream, speaking):
    times = Counter({task.id: 0 for task in [*stream.tasks, *stream.general]})
    for groups in run(stream, speaking=speaking)[1].calls:  # those of a call are taken at the same time
        times.update(ids(groups))
        for some in (stream.tasks, stream.general):
            own = [times[task.id] for task in some]
            assert not own or max(own) - min(own) <= 1


@given(stream=streams(refill=st.just(0), curriculum=st.just("")))
def test_without_refill_a_step_takes_what_its_number_says(stream):
    size = stream.rl.tasks_per_step
    samples, roll = run(stream)
    assert len(roll.calls) == STEPS
    free = round(stream.rl.general_share * size)
    for step, sampled in enumerate(samples, 1):
        if step < stream.first_general:
            expected = [f"t{i}" for i in pick(len(stream.tasks), size, step - 1, stream.seed)]
        else:
            mixed = step - stream.first_general
            start = (stream.first_general - 1) * size + mixed * (size - free)
            tasks = draw(len(stream.tasks), range(start, start + size - free), stream.seed)
            general = pick(len(stream.general), free, mixed, stream.seed)
            # Mixed, so that every mini-batch has some of both.
            expected = [f"t{i}" for i in tasks] + [f"g{i}" for i in general]
            expected = random.Random(f"{stream.seed} {step}").sample(expected, size)
        assert ids(sampled.groups) == expected
        assert stream.place(step, {}) == sampled.place  # a checkpoint of before there was a place in it


@given(stream=streams())
def test_a_step_trains_on_as_many_groups_as_ever_and_what_it_sampled_is_kept_once(stream):
    samples, roll = run(stream)
    assert all(len(sampled.groups) == stream.rl.tasks_per_step for sampled in samples)
    kept = sorted(map(id, (one for sampled in samples for one in sampled.every)))
    assert kept == sorted(map(id, roll.groups))
    for sampled in samples:
        assert all(map(is_silent, sampled.left_out))
        assert len(sampled.left_out) <= stream.rl.refill * stream.rl.tasks_per_step
        if any(map(is_silent, sampled.groups)) and stream.rl.refill:
            assert sampled.measured["rounds"] == stream.rl.refill  # it gave up only when it had to


@given(stream=streams(refill=st.integers(1, 3)), step=st.integers(1, STEPS), speaking=st.sampled_from([0.0, 1.0]))
def test_a_refill_that_finds_nothing_or_is_not_needed_trains_on_what_a_step_without_one_does(stream, step, speaking):
    plain = replace(stream, rl=replace(stream.rl, refill=0))
    place = plain.place(step - 1, {})
    filled = sample_step(stream, place, step, Roller(speaking))
    assert ids(filled.groups) == ids(sample_step(plain, place, step, Roller(speaking)).groups)


def test_no_two_rounds_of_sampling_have_the_same_dice():
    tasks = [Task(f"t{i}", "q", "1") for i in range(9)]
    _, roll = run(Stream(tasks, [], 99, Rl(tasks_per_step=3, group_size=2, refill=3), 0), speaking=0.0)
    assert len(set(roll.seeds)) == len(roll.seeds) == 4 * STEPS


@given(stream=streams(refill=st.integers(1, 3)))
def test_a_silent_group_gives_its_place_to_one_of_its_kind(stream):
    """So that every mini-batch keeps its share of general prompts."""
    samples, roll = run(stream)
    first = iter(roll.calls)
    for sampled in samples:
        before = next(first)
        for _ in range(int(sampled.measured["rounds"])):
            next(first)
        assert [name[0] for name in ids(sampled.groups)] == [name[0] for name in ids(before)]
        for was, now in zip(before, sampled.groups, strict=True):
            assert now is was or (is_silent(was) and not is_silent(now))


@given(stream=streams(), stop=st.integers(0, STEPS))
def test_going_on_from_a_saved_place_samples_what_an_unbroken_run_does(stream, stop):
    whole, _ = run(stream)
    extra = vars(whole[stop - 1].place) if stop else {}
    rest, _ = run(stream, place=stream.place(stop, extra), first=stop + 1)
    assert [ids(one.every) for one in whole[stop:]] == [ids(one.every) for one in rest]
    assert [one.measured for one in whole[stop:]] == [one.measured for one in rest]


def test_another_seed_takes_another_order_and_the_same_one_the_same():
    tasks = [Task(f"t{i}", "q", "1") for i in range(20)]
    orders = [ids(run(Stream(tasks, [], 99, Rl(tasks_per_step=5), seed), 4)[1].groups) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])


@given(stream=streams(curriculum=st.sampled_from(["level", "-level"])))
def test_with_a_curriculum_an_epoch_goes_by_the_column(stream):
    stream = replace(stream, general=[], first_general=STEPS + 1)  # which are mixed in, in any order
    own = [one.task for one in run(stream)[1].groups]
    for start in range(0, len(own), len(stream.tasks)):
        levels = [task.columns["level"] for task in own[start : start + len(stream.tasks)]]
        assert levels == sorted(levels, reverse=stream.rl.curriculum[0] == "-")


def test_equals_of_a_curriculum_are_in_an_order_of_their_own_each_epoch():
    tasks = [Task(f"t{i}", "q", "1", {"level": float(i // 6)}) for i in range(12)]
    taken = ids(run(Stream(tasks, [], 99, Rl(tasks_per_step=12, curriculum="level"), 0), 2)[1].groups)
    assert set(taken[:6]) == set(taken[12:18])
    assert taken[:6] != taken[12:18]


@given(stream=streams(curriculum=WORDS), seed=st.integers(0, 9), distinct=st.booleans())
def test_the_order_of_the_files_lines_changes_nothing_but_the_order_of_equals(stream, seed, distinct):
    tasks = [Task(t.id, t.question, "1", {"level": float(i)}) if distinct else t for i, t in enumerate(stream.tasks)]
    mixed = random.Random(seed).sample(tasks, len(tasks))
    same = distinct and stream.rl.curriculum
    if not same:
        stream = replace(stream, general=[], first_general=STEPS + 1)
    one, other = ([g.task for g in run(replace(stream, tasks=some))[1].groups] for some in (tasks, mixed))
    assert one == other or not same
    for start in range(0, min(len(one), len(other)) - len(tasks) + 1, len(tasks)):
        epochs = [sorted(task.id for task in some[start : start + len(tasks)]) for some in (one, other)]
        assert epochs[0] == epochs[1]


def test_what_is_said_of_a_step_is_a_mean_over_all_it_sampled_and_over_many_steps_unbiased():
    """Half of the tasks are always solved, half half the time: accuracy .75, and .5 where silent groups are left out.

    Steps with a refill have more groups: weighed by them, the mean over all ways a step can go is the truth exactly.
    """
    tasks = [Task("t", "q", "1")]
    stream = Stream(tasks, [], 99, Rl(tasks_per_step=1, group_size=2, refill=2), 0)
    right = groups = trained = 0.0
    for way in itertools.product([(1, 1), (1, 0)], repeat=3):  # what the first, second and third group would be
        rest = iter(way)
        sampled = sample_step(stream, Place(), 1, lambda chosen, seed, rest=rest: [group(chosen[0], next(rest))])
        measured = describe(sampled.every, "math")
        assert sampled.measured["groups"] == len(sampled.every)
        right += measured["accuracy"] * len(sampled.every) / 8
        groups += len(sampled.every) / 8
        trained += describe(sampled.groups, "math")["accuracy"] / 8
    assert right / groups == pytest.approx(0.75)
    assert trained < 0.6


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1), st.sampled_from([0.25, 0.5]))
def test_a_pass_rate_on_a_bound_is_kept(rates, low):
    tasks = [Task(str(i), "q", "1", {"pass_rate": rate}) for i, rate in enumerate([*rates, 0.5])]
    kept = passing(tasks, Rl(pass_rate_min=low, pass_rate_max=0.5))
    assert kept == [task for task in tasks if low <= task.columns["pass_rate"] <= 0.5]
