"""What the loop is made of: who goes through the model together, and what is measured of the groups."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpo.completions import REFLECTION
from grpo.generate import Rollout
from grpo.groups import Group, describe
from grpo.passes import split_rows
from grpo.tasks import Task, seed_of
from verifiers import Reason, Reward, Verdict


@given(data=st.data(), budget=st.integers(1, 200), padded=st.booleans())
def test_every_row_goes_through_once_and_no_pass_is_over_budget_unless_it_is_one_row(data, budget, padded):
    prompt_lengths = data.draw(st.lists(st.integers(1, 20), min_size=1, max_size=4))
    prompts = sorted(data.draw(st.lists(st.sampled_from(range(len(prompt_lengths))), max_size=12)))
    lengths = data.draw(st.lists(st.integers(1, 50), min_size=len(prompts), max_size=len(prompts)))
    passes = split_rows(prompts, prompt_lengths, lengths, budget, padded=padded)
    assert sorted(b for rows in passes for b in rows) == list(range(len(prompts)))
    for rows in passes:
        own = {prompts[b] for b in rows}
        tokens = [lengths[b] for b in rows], [prompt_lengths[p] for p in own]
        assert (
            sum(len(each) * max(each, default=0) if padded else sum(each) for each in tokens) <= budget
            or len(rows) == 1
        )


def test_long_prompts_are_shared_and_uneven_completions_sorted():
    assert split_rows([0, 0, 1, 1], [100, 100], [10, 12, 10, 12], 130, padded=True) == [[0, 1], [2, 3]]
    assert split_rows([0, 0, 1, 1], [1, 1], [100, 5, 100, 5], 203, padded=True) == [[1, 3], [0, 2]]
    assert split_rows([0, 0, 1, 1], [1, 1], [100, 5, 100, 5], 203, padded=False) == [[0, 1], [2, 3]]


def verdict(score):
    return Verdict(score, Reason.UNDECIDED if score is None else Reason.CORRECT if score else Reason.WRONG)


def group(*scores):
    rollouts = [Rollout(ids=[1] * n, logps=[0.0] * n, entropy=0.5, truncated=n == 3) for n in range(1, len(scores) + 1)]
    rewards = [Reward(score, {"math": verdict(score)}) for score in scores]
    return Group(Task("t", "q", "1"), "q", [1], rollouts, ["wait, but 1"] + ["1"] * (len(scores) - 1), rewards)


def test_an_undecided_verdict_is_counted_and_left_out_of_the_means():
    measured = describe([group(1.0, 0.0, None), group(0.0, 0.0, 0.0)], "math")
    assert measured["accuracy"] == measured["reward"] == pytest.approx(1 / 5)
    assert measured["undecided"] == 1
    assert measured["pass_at_k"] == 1 / 2
    assert measured["completion_tokens"] == 2
    assert measured["truncated"] == pytest.approx(1 / 3)
    assert measured["reflections"] == pytest.approx(4 / 6)


def test_the_entropy_is_the_mean_over_the_tokens_that_are_trained_on():
    rollouts = [Rollout([1] * n, [0.0] * n, entropy, truncated=n == 4) for n, entropy in ((1, 0.1), (2, 0.4), (4, 2.0))]
    rewards = [Reward(score, {"math": verdict(score)}) for score in (1.0, 0.0, 1.0)]
    whole = Group(Task("t", "q", "1"), "q", [1], rollouts, ["1"] * 3, rewards)
    assert describe([whole], "math")["entropy"] == pytest.approx((0.1 + 2 * 0.4 + 4 * 2.0) / 7)
    assert describe([whole], "math", mask_truncated=True)["entropy"] == pytest.approx((0.1 + 2 * 0.4) / 3)
    undecided = replace(whole, rewards=[rewards[0], Reward(None, {"math": verdict(None)}), rewards[2]])
    assert describe([undecided], "math")["entropy"] == pytest.approx((0.1 + 4 * 2.0) / 5)
    assert describe([group(None, None)], "math")["entropy"] is None


def test_where_nothing_is_decided_there_is_no_accuracy():
    measured = describe([group(None, None)], "math")
    assert (measured["accuracy"], measured["pass_at_k"]) == (None, None)
    assert describe([group(None, None), group(1.0, 0.0)], "math")["pass_at_k"] == 1


def test_reflection_words_are_whole_words():
    assert len(REFLECTION.findall("Wait! I should check: but however wrong, retry. Waiting, butter, checked.")) == 6


def test_each_purpose_and_step_has_its_own_seed():
    seeds = {seed_of(seed, split, step) for seed in (0, 1) for split in ("train", "held_out") for step in range(50)}
    assert len(seeds) == 200
    assert seed_of(0, "train", 1) == seed_of(0, "train", 1)
