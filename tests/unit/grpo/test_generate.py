"""Samples come from the policy's own distribution, with its own log-probs."""

from dataclasses import replace

import pytest
import torch

from grpo.generate import draw, sample
from grpo.policy import completion_logps

PROMPTS = [[5, 6, 7, 8], [9], [10, 11]]


@pytest.mark.parametrize("rows", [512, 5, 1])
def test_log_probs_of_sampler_and_update_agree(policy, rows):
    rollouts = sample(policy, PROMPTS, 6, max_new_tokens=40, temperature=1.3, seed=3, rows=rows)
    logps_BT = completion_logps(
        policy, PROMPTS, [i // 6 for i in range(18)], [r.ids for r in rollouts], temperature=1.3
    )
    for row, rollout in enumerate(rollouts):
        torch.testing.assert_close(logps_BT[row, : len(rollout.ids)], torch.tensor(rollout.logps), atol=1e-4, rtol=0)


def test_a_completion_ends_with_its_first_eos_or_is_truncated(policy):
    rollouts = sample(policy, PROMPTS, 40, max_new_tokens=30, temperature=1.5, seed=0)
    assert len(rollouts) == 120
    for rollout in rollouts:
        assert len(rollout.ids) == len(rollout.logps) <= 30
        ends = [i for i, token in enumerate(rollout.ids) if token in policy.eos_ids]
        assert ends == ([] if rollout.truncated else [len(rollout.ids) - 1])
        assert not rollout.truncated or len(rollout.ids) == 30
        assert rollout.entropy > 0
    assert {rollout.truncated for rollout in rollouts} == {True, False}  # both ways to end were seen


def test_the_same_seed_gives_the_same_rollouts_and_another_one_others(policy):
    first, again, other = (sample(policy, PROMPTS, 4, max_new_tokens=20, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_end_of_sequence_token_ends(policy):
    wide = replace(policy, eos_ids=frozenset(range(44)))  # half of the vocabulary
    rollouts = sample(wide, PROMPTS, 20, max_new_tokens=30, seed=0)
    assert sum(len(rollout.ids) for rollout in rollouts) / len(rollouts) < 10


def test_draws_follow_the_probabilities():
    probs_V = torch.tensor([0.5, 0.0, 0.3, 0.2])
    ids = draw(
        probs_V.expand(40_000, 4), torch.rand(40_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    )
    shares = torch.bincount(ids, minlength=4) / 40_000
    torch.testing.assert_close(shares, probs_V, atol=0.01, rtol=0)
    assert shares[1] == 0
