"""Laws of scoring beside sampling: rewards are what the function says, and each completion pays for itself alone."""

import functools
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grpo import scoring
from grpo.config import RecipeError
from grpo.generate import Rollout
from grpo.groups import describe, sample_groups
from grpo.scoring import score_all
from grpo.settings import Recipe, Rl
from grpo.tasks import Task
from tests.text_rewards import TOLD, as_told, makes_file
from verifiers import R1_GENERAL, R1_ZERO, Reason, Verdict, weighted
from verifiers.worker import WorkerFailed, borrow

FAULTS = {
    "hang": (Reason.UNDECIDED, "no verdict after 1 s"),
    "regex": (Reason.UNDECIDED, "no verdict after 1 s"),
    "exit": (Reason.VERIFIER_FAILED, r"died \(exit status 7\)"),
    "segfault": (Reason.VERIFIER_FAILED, r"died \(exit status -11\)"),
    "memory": (Reason.VERIFIER_FAILED, "raised MemoryError"),
    "raise": (Reason.VERIFIER_FAILED, "raised KeyError: 'no such task'"),
}


def rewards(completions, reward=TOLD, timeout_s=30.0):
    """The rewards of completions that come in this order, by place."""
    scored, _ = score_all(((place, text, place) for place, text in completions), reward, timeout_s)
    return {place: reward for place, (reward, _) in scored.items()}


texts = st.text(max_size=30) | st.sampled_from(["<think>a</think><answer>4</answer>", "\\boxed{4}", "\ud800", "4"])


@settings(max_examples=25)
@given(st.lists(texts, max_size=8).flatmap(lambda some: st.permutations(list(enumerate(some)))))
def test_the_rewards_are_what_the_function_says_in_whatever_order_completions_finish(completions):
    for reward in (TOLD, R1_ZERO):
        assert rewards(completions, reward) == {place: reward(text, place) for place, text in completions}


@settings(max_examples=2)
@given(st.permutations([*FAULTS, "a", "bb", "ccc"]))
def test_a_verifier_that_hangs_dies_or_fails_costs_no_other_and_says_so(completions):
    found = rewards(enumerate(completions), timeout_s=1.0)
    for place, text in enumerate(completions):
        if text not in FAULTS:
            assert found[place] == TOLD(text, place)
            continue
        reason, note = FAULTS[text]
        assert found[place].value is None
        assert found[place].verdicts.keys() == {"told", "always"}
        for verdict in found[place].verdicts.values():
            assert verdict.reason is reason
            assert re.search(note, verdict.note)


def test_a_completion_is_scored_before_the_next_is_sampled(tmp_path):
    def sampled():
        yield 0, str(tmp_path / "scored"), 0
        end = time.monotonic() + 60
        while not (tmp_path / "scored").exists():
            assert time.monotonic() < end, "nothing was scored while the next was sampled"
            time.sleep(0.01)
        yield 1, str(tmp_path / "second"), 1

    assert score_all(sampled(), weighted(made=(1.0, makes_file)), 30.0)[0].keys() == {0, 1}


def test_the_clock_of_a_completion_does_not_run_while_it_waits_for_its_turn(monkeypatch):
    monkeypatch.setattr(scoring, "at_once", lambda: 1)
    found = rewards(enumerate(["slow"] * 8), timeout_s=2.0)  # 2.4 s in all
    assert all(reward.value is not None for reward in found.values())


def test_seconds_are_those_of_each_and_the_wait_is_for_what_was_not_done():
    scored, waited_s = score_all(iter([(0, "a", 0), (1, "slow", 1)]), TOLD, 30.0)
    assert scored[1][1] >= 0.3
    assert scored[0][1] > 0
    assert waited_s > 0.05  # of 0.3 s; the last completion was handed over a little before the wait


def test_the_processes_stay_for_the_next_step(monkeypatch):
    monkeypatch.setattr(scoring, "at_once", lambda: 1)
    first, second = (rewards([(0, "pid")])[0].verdicts["told"].note for _ in range(2))
    assert first == second != str(os.getpid())


def test_one_that_died_while_it_was_idle_is_replaced(monkeypatch):
    monkeypatch.setattr(scoring, "at_once", lambda: 1)
    pid = int(rewards([(0, "pid")])[0].verdicts["told"].note)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert rewards([(0, "a")])[0] == TOLD("a", 0)


def test_what_a_reward_model_judges_is_judged_here_and_its_rules_are_not():
    def helpful(summary, prompt):
        return Verdict(0.5, Reason.CORRECT, note=str(os.getpid()))

    reward = replace(R1_GENERAL.with_judges(helpful=helpful), rules=TOLD)
    text = "<think>I think about it a little.</think>The answer is yes."
    prompt = {"question": "Is it?"}
    completions = [(0, text, prompt), (1, "pid", "4"), (2, "exit", "4"), (3, text, prompt)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scored, _ = score_all(iter(completions), reward, 30.0)
    assert scored[0][0] == scored[3][0] == reward(text, prompt)
    assert scored[0][0].verdicts["helpful"].note == str(os.getpid())
    assert scored[1][0].verdicts["told"].note != str(os.getpid())
    assert scored[2][0].verdicts["told"].reason is Reason.VERIFIER_FAILED


def with_weights(completion: str, ground_truth: object, *, weights: torch.Tensor) -> Verdict:
    return Verdict(1.0, Reason.CORRECT, note=str(os.getpid()))


@pytest.mark.parametrize(
    ("verifier", "why"),
    [
        (lambda completion, ground_truth: as_told(completion, ground_truth), "<lambda>"),
        (functools.partial(with_weights, weights=torch.zeros(3)), "it holds tensors"),
    ],
)
def test_what_cannot_be_sent_is_scored_here_with_one_sentence(verifier, why):
    reward = weighted(told=(1.0, verifier))
    with pytest.warns(RuntimeWarning, match=f"computed in the trainer's process.*{why}"):
        assert rewards([(0, "pid")], reward)[0].verdicts["told"].note == str(os.getpid())


def test_a_hang_that_cannot_be_sent_costs_its_budget_all_the_same():
    reward = weighted(told=(1.0, lambda completion, ground_truth: as_told(completion, ground_truth)))
    with pytest.warns(RuntimeWarning, match="where one that hangs cannot be ended"):
        found = rewards(enumerate(["hang", "a", "raise"]), reward, timeout_s=1.0)
    assert found[0].verdicts["told"].reason is Reason.UNDECIDED
    assert found[1] == reward("a", 1)
    assert found[2].verdicts["told"].note == "the verifier raised KeyError: 'no such task'"


@pytest.mark.parametrize("error", [WorkerFailed("no worker process could be started: no memory"), OSError("no files")])
def test_where_no_process_starts_all_are_scored_here(monkeypatch, error):
    def fails():
        raise error

    monkeypatch.setattr(scoring, "borrow", fails)
    with pytest.warns(RuntimeWarning, match=f"computed in the trainer's process.*{error}"):
        assert rewards([(0, "a"), (1, "bb")]) == {0: TOLD("a", 0), 1: TOLD("bb", 1)}


def test_an_error_of_the_sampler_ends_what_is_being_scored(monkeypatch):
    started = []
    monkeypatch.setattr(scoring, "borrow", lambda: started.append(borrow()) or started[-1])

    def sampled():
        yield 0, "hang", 0
        while not started or started[0] not in busy():
            time.sleep(0.01)
        raise MemoryError("the sampler")

    def busy():
        return [worker for worker in started if worker.loaded]

    begin = time.monotonic()
    with pytest.raises(MemoryError, match="the sampler"):
        score_all(sampled(), TOLD, 240.0)
    started[0].process.wait(120)
    assert time.monotonic() - begin < 200  # nobody has waited for the hanging one's clock


SCRIPT = """
import signal
from grpo.scoring import score_all
from tests.text_rewards import Announced

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts behind it ignore Ctrl-C
    score_all(((place, {work!r}, place) for place in range(2)), Announced({file!r}), 600.0)
"""


@pytest.mark.parametrize("work", ["hang", "regex"])
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_or_a_kill_of_the_trainer_leaves_no_process_behind(tmp_path, work, end):
    script, file = tmp_path / "script.py", tmp_path / "pids"
    script.write_text(SCRIPT.format(work=work, file=str(file)), encoding="utf-8")
    trainer = subprocess.Popen([sys.executable, script], stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 60
    while not (file.exists() and file.read_text().count("\n") == min(2, os.cpu_count())):
        assert trainer.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.02)
    pids = [int(line) for line in file.read_text().split()]
    trainer.send_signal(end)
    assert trainer.wait(30) != 0
    left = pids
    limit = time.monotonic() + 10
    while left and time.monotonic() < limit:
        left = [pid for pid in left if os.path.exists(f"/proc/{pid}") and b"serve" in command_of(pid)]
        time.sleep(0.02)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def command_of(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as command:
            return command.read()
    except OSError:
        return b""


class Backwards:
    """An engine whose last rollout is the first to finish."""

    tokenizer = None
    positions = None

    def sample(self, prompts, group_size, **options):
        for place in reversed(range(len(prompts) * group_size)):
            yield place, Rollout([place] * (place % 5 + 1), [0.0] * (place % 5 + 1), 0.5, truncated=True)


def test_completions_that_an_engine_would_cut_off_unsaid_are_refused(monkeypatch):
    monkeypatch.setattr("grpo.groups.make_prompts", lambda engine, questions, recipe: (questions, [[1], [1, 1, 1]]))
    engine = Backwards()
    engine.positions, engine.sample = 10, None  # nothing may be sampled
    recipe = Recipe(name="t", model="m", rl=Rl(max_new_tokens=8))
    with pytest.raises(RecipeError, match="may have 11 tokens, and the engine takes 10"):
        sample_groups(engine, [Task("a", "q", "1"), Task("b", "q", "1")], 4, recipe, None, 0)


def test_groups_are_put_together_by_place_whatever_finishes_first(monkeypatch):
    monkeypatch.setattr(
        "grpo.groups.make_prompts", lambda engine, questions, recipe: (questions, [[1]] * len(questions))
    )
    monkeypatch.setattr("grpo.groups.completions_of", lambda tokenizer, rollouts: ["x" * len(r.ids) for r in rollouts])
    recipe = Recipe(name="t", model="m", rl=Rl(max_new_tokens=8))
    tasks = [Task(f"t{i}", f"q{i}", f"{i}") for i in range(3)]
    reward = weighted(told=(1.0, as_told))
    groups = sample_groups(Backwards(), tasks, 4, recipe, reward, 0)
    for i, group in enumerate(groups):
        assert group.task is tasks[i]
        assert [r.ids[0] for r in group.rollouts] == [*range(4 * i, 4 * i + 4)]
        assert group.completions == ["x" * (place % 5 + 1) for place in range(4 * i, 4 * i + 4)]
        assert group.rewards == [reward(text, f"{i}") for text in group.completions]
    measured = describe(groups, "told")
    assert measured["reward_sum_s"] == pytest.approx(sum(sum(group.scoring_s) for group in groups))
    assert measured["reward_sum_s"] >= measured["reward_slowest_s"] > 0
    assert "reward_cpu_s" not in measured  # they are by the clock, not of processors
    assert measured["reward_s"] >= 0
