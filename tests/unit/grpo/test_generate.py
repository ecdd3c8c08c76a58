"""Samples come from the policy's own distribution, with its own log-probs."""

import gc
import weakref
from dataclasses import replace

import pytest
import torch
import transformers

from grpo import generate
from grpo.generate import draw, sample
from grpo.policy import completion_logps
from grpo.slots import refillable

PROMPTS = [[5, 6, 7, 8], [9], [10, 11]]


@pytest.mark.parametrize("rows", [512, 5, 1])
def test_log_probs_of_sampler_and_update_agree(policy, rows):
    rollouts = sample(policy, PROMPTS, 6, max_new_tokens=40, temperature=1.3, seed=3, rows=rows)
    logps_BT = completion_logps(
        policy, PROMPTS, [i // 6 for i in range(18)], [r.ids for r in rollouts], temperature=1.3
    )
    for row, rollout in enumerate(rollouts):
        torch.testing.assert_close(logps_BT[row, : len(rollout.ids)], torch.tensor(rollout.logps), atol=1e-4, rtol=0)


def test_keys_and_values_go_when_the_rollouts_are_there_and_not_when_garbage_is_collected(policy, monkeypatch):
    real, made = generate.Slots, []

    def noted(*args, **options):
        slots = real(*args, **options)
        made.append(weakref.ref(slots))
        return slots

    monkeypatch.setattr(generate, "Slots", noted)
    gc.disable()
    try:
        sample(policy, PROMPTS, 6, max_new_tokens=9)
        assert [slots() for slots in made] == [None]
    finally:
        gc.enable()


@pytest.mark.parametrize("top_p", [1.0, 0.5])
def test_the_entropy_is_that_of_the_whole_distribution_at_the_sampling_temperature(policy, top_p):
    for i, rollout in enumerate(sample(policy, PROMPTS, 2, max_new_tokens=20, temperature=1.3, top_p=top_p, seed=3)):
        prompt = PROMPTS[i // 2]
        logits_TV = policy.model(input_ids=torch.tensor([prompt + rollout.ids])).logits[0, len(prompt) - 1 : -1]
        logps_TV = (logits_TV.float() / 1.3).log_softmax(-1)
        expected = -(logps_TV.exp() * logps_TV).sum(-1).mean()
        assert rollout.entropy == pytest.approx(expected.item(), abs=1e-4)


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


@pytest.mark.parametrize(
    ("config", "holds"),
    [
        (transformers.LlamaConfig(), True),
        (transformers.MistralConfig(), True),
        (transformers.Gemma3TextConfig(), True),
        (transformers.Llama4TextConfig(), False),  # layers that see a chunk: the mask hangs on the column
        (transformers.Qwen3NextConfig(), False),  # layers with a state instead of keys
        (transformers.Gemma3nTextConfig(), False),  # layers that share keys
    ],
    ids=lambda value: type(value).__name__,
)
def test_slots_are_for_models_whose_memory_they_hold(config, holds):
    assert refillable(config) is holds


def test_nothing_to_sample_is_no_mistake(policy):
    assert sample(policy, PROMPTS, 4, max_new_tokens=5, places=[]) == []
    assert sample(policy, [], 4, max_new_tokens=5) == []


def test_prompts_are_read_a_budget_of_tokens_at_a_time(policy, monkeypatch):
    whole = sample(policy, PROMPTS, 3, max_new_tokens=6, seed=5)
    read = []
    real = generate.pad
    monkeypatch.setattr(generate, "pad", lambda some, **how: read.append(list(some)) or real(some, **how))
    monkeypatch.setattr(generate, "READ_TOKENS", 4)
    parts = sample(policy, PROMPTS, 3, max_new_tokens=6, seed=5)
    assert read == [PROMPTS[:1], PROMPTS[1:]]
    assert [rollout.ids for rollout in parts] == [rollout.ids for rollout in whole]


def test_draws_follow_the_probabilities():
    probs_V = torch.tensor([0.5, 0.0, 0.3, 0.2])
    darts = (torch.arange(40_000, dtype=torch.float64) + 0.5) / 40_000
    ids = draw(probs_V.expand(40_000, 4), darts)
    assert torch.bincount(ids, minlength=4).tolist() == [20_000, 0, 12_000, 8_000]
    assert ids.tolist() == sorted(ids.tolist())  # a larger dart hits a later id


@pytest.mark.parametrize("size", [1, 5, 255, 256, 257, 1000, 49_152])
def test_a_dart_hits_what_the_cumulated_probabilities_say(size):
    probs_RV = torch.randn(300, size, generator=torch.Generator().manual_seed(size)).mul(3).softmax(-1)
    probs_RV[:, ::3] = 0 if size > 1 else 1
    darts = torch.rand(300, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    cumulated_RV = probs_RV.double().cumsum(-1)
    expected = torch.searchsorted(cumulated_RV, darts[:, None] * cumulated_RV[:, -1:], right=True)[:, 0]
    assert torch.equal(draw(probs_RV, darts), expected)


@pytest.mark.parametrize("dart", [0.0, 0.25, 0.5, 1 - 2**-53, 1.0])
def test_no_dart_hits_an_id_without_probability(dart):
    dice = torch.Generator().manual_seed(0)
    probs_RV = torch.rand(2_000, 700, generator=dice) * (torch.rand(2_000, 700, generator=dice) < 0.01)
    probs_RV[:, 300] = 1e-30
    ids_R = draw(probs_RV, torch.full((2_000,), dart, dtype=torch.float64))
    assert (probs_RV.gather(1, ids_R[:, None]) > 0).all()
