"""Laws of sampling: what a rollout hangs on, and that completions have the model's own distribution."""

from dataclasses import replace
from itertools import product
from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from grpo import generate, slots
from grpo.engine import TransformersEngine
from grpo.generate import dice_of, sample, stream
from grpo.policy import Policy

SMALL = {
    "vocab_size": 11, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "eos_token_id": 0, "bos_token_id": None, "pad_token_id": None,
}  # fmt: skip
KINDS = {
    "full": lambda: LlamaForCausalLM(LlamaConfig(**SMALL)),
    "sliding": lambda: MistralForCausalLM(MistralConfig(**SMALL, sliding_window=4)),
    "both": lambda: Gemma3ForCausalLM(Gemma3TextConfig(
        **SMALL, sliding_window=4, layer_types=["sliding_attention", "full_attention"] * 2, query_pre_attn_scalar=8
    )),
}  # fmt: skip


def policy_of(kind: str, **changes) -> Policy:
    """A model that is far from uniform, in float64: rounding does not move a token there."""
    torch.manual_seed(0)
    model = KINDS[kind]()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return replace(Policy(model.double().eval(), None, frozenset({0})), **changes)


POLICIES = {kind: policy_of(kind) for kind in KINDS}
prompts = st.lists(st.lists(st.integers(1, 10), min_size=1, max_size=9), min_size=1, max_size=4)
runs = st.fixed_dictionaries({"max_new_tokens": st.integers(1, 24), "seed": st.integers(0, 2**56)})


def nearly(ours, theirs):
    """The same tokens and ends, and the same log-probs but for rounding."""
    assert [(r.ids, r.truncated) for r in ours] == [(r.ids, r.truncated) for r in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert np.allclose(one.logps, other.logps, atol=1e-5, rtol=0)
        assert abs(one.entropy - other.entropy) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(prompts=prompts, group_size=st.integers(1, 5), rows=st.integers(1, 6), few=st.integers(1, 12), run=runs)
def test_rollouts_do_not_hang_on_how_many_are_sampled_at_a_time(kind, prompts, group_size, rows, few, run):
    alone = [
        next(iter(sample(POLICIES[kind], prompts, group_size, places=[place], rows=1, **run)))
        for place in range(len(prompts) * group_size)
    ]
    before, slots.FEW = slots.FEW, few
    try:
        nearly(sample(POLICIES[kind], prompts, group_size, rows=rows, **run), alone)
    finally:
        slots.FEW = before


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None)
@given(prompts=prompts, group_size=st.integers(1, 4), ranks=st.integers(1, 4), whole=st.booleans(), run=runs)
def test_ranks_that_share_the_places_sample_what_one_does(kind, prompts, group_size, ranks, whole, run):
    every = range(len(prompts) * group_size)
    parts = [
        [place for place in every if (place // group_size if whole else place) % ranks == rank] for rank in range(ranks)
    ]
    engine = TransformersEngine(POLICIES[kind], 3)
    found = {}
    for places in parts:
        some = dict(engine.sample(prompts, group_size, temperature=1.0, top_p=1.0, places=places, **run))
        assert sorted(some) == places
        found |= some
    nearly([found[place] for place in every], sample(POLICIES[kind], prompts, group_size, **run))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None)
@given(prompts=prompts, rows=st.integers(1, 5), few=st.integers(1, 12), run=runs)
def test_log_probs_are_those_of_the_whole_sequence_without_any_cache(kind, prompts, rows, few, run):
    policy, before, slots.FEW = POLICIES[kind], slots.FEW, few
    try:
        rollouts = sample(policy, prompts, 3, rows=rows, temperature=1.3, **run)
    finally:
        slots.FEW = before
    for place, rollout in enumerate(rollouts):
        prompt = prompts[place // 3]
        with torch.no_grad():
            logits_TV = policy.model(torch.tensor([prompt + rollout.ids])).logits[0] / 1.3
        logps_T = logits_TV.log_softmax(-1)[len(prompt) - 1 : -1].gather(1, torch.tensor(rollout.ids)[:, None])[:, 0]
        assert np.allclose(rollout.logps, logps_T, atol=1e-5, rtol=0)


@settings(max_examples=8, deadline=None)
@given(prompts=prompts, group_size=st.integers(1, 5), rows=st.integers(1, 6), run=runs)
def test_a_model_with_other_layers_is_sampled_alike_without_refill(prompts, group_size, rows, run):
    refilled = sample(POLICIES["both"], prompts, group_size, rows=rows, **run)
    real, generate.refillable = generate.refillable, lambda config: False
    try:
        nearly(sample(POLICIES["both"], prompts, group_size, rows=rows, **run), refilled)
    finally:
        generate.refillable = real


@settings(max_examples=12, deadline=None)
@given(prompts=prompts, group_size=st.integers(1, 6), rows=st.integers(1, 6), run=runs)
def test_the_batch_is_full_as_long_as_any_rollout_waits(prompts, group_size, rows, run):
    policy, at_work, ended = POLICIES["full"], [], 0
    real = generate.throw
    generate.throw = lambda *all: at_work.append(len(all[1])) or real(*all)
    try:
        for _ in stream(policy, prompts, group_size, rows=rows, **run):
            ended += 1
    finally:
        generate.throw = real
    total = len(prompts) * group_size
    assert ended == total
    begun = min(rows, total)
    assert at_work[0] == max(at_work) == begun
    assert at_work == sorted(at_work, reverse=True)  # never fewer before the last ones have begun


def completions(vocabulary: int, most: int):
    """All completions of so many tokens at most, where 0 ends one."""
    for length in range(1, most + 1):
        for ids in product(range(1, vocabulary), repeat=length - 1):
            yield (*ids, 0)
            if length == most:
                yield from ((*ids, last) for last in range(1, vocabulary))


def chi_square(observed, expected) -> float:
    """How many standard deviations the statistic is from its mean, cells with less than 5 expected taken together."""
    rare = expected < 5
    observed = np.append(observed[~rare], observed[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    observed, expected = observed[expected > 0], expected[expected > 0]
    freedom = len(observed) - 1
    statistic = ((observed - expected) ** 2 / expected).sum()
    return float((statistic - freedom) / sqrt(2 * freedom))


@pytest.mark.parametrize(("temperature", "refill"), [(1.0, True), (0.7, True), (1.0, False)])
def test_completions_have_the_distribution_of_the_model(temperature, refill, monkeypatch):
    monkeypatch.setitem(SMALL, "vocab_size", 5)
    monkeypatch.setattr(slots, "FEW", 4)
    if not refill:
        monkeypatch.setattr(generate, "refillable", lambda config: False)
    policy, given, count = policy_of("both"), [[1, 2, 3], [4]], 4_000
    found = sample(policy, given, count, rows=200, max_new_tokens=3, temperature=temperature, seed=7)
    every = list(completions(5, 3))
    for number, prompt in enumerate(given):
        ids = torch.tensor([prompt + list(c) + [1] * (3 - len(c)) for c in every])
        with torch.no_grad():
            logps = (policy.model(ids).logits / temperature).log_softmax(-1)[:, len(prompt) - 1 : -1]
        logps = logps.gather(2, ids[:, len(prompt) :, None])[:, :, 0]
        probs = np.array([logps[i, : len(c)].sum().exp().item() for i, c in enumerate(every)])
        assert abs(probs.sum() - 1) < 1e-9  # it is all of them
        drawn = [tuple(r.ids) for r in found[number * count : (number + 1) * count]]
        observed = np.array([drawn.count(completion) for completion in every])
        assert observed.sum() == count
        assert chi_square(observed, probs * count) < 4


def test_darts_are_uniform_and_know_nothing_of_each_other():
    seeds, places, positions = 20, 50, 100
    darts = np.array([[dice_of(s, p).random(positions) for p in range(places)] for s in range(seeds)])
    assert ((darts >= 0) & (darts < 1)).all()
    counts = np.histogram(darts, bins=100, range=(0, 1))[0]
    assert abs(chi_square(counts, np.full(100, darts.size / 100))) < 4
    for axis in range(3):  # neighbours in seed, place and position
        one, other = (
            np.take(darts, range(darts.shape[axis] - 1), axis),
            np.take(darts, range(1, darts.shape[axis]), axis),
        )
        pairs = np.histogram2d(one.ravel(), other.ravel(), bins=10, range=[[0, 1], [0, 1]])[0].ravel()
        assert abs(chi_square(pairs, np.full(100, one.size / 100))) < 4


@given(seed=st.integers(0, 2**56), place=st.integers(0, 10**6), position=st.integers(0, 30))
def test_a_dart_hangs_on_seed_place_and_position_alone(seed, place, position):
    dart = dice_of(seed, place).random(31)[position]
    one_by_one = dice_of(seed, place)
    assert [one_by_one.random() for _ in range(position + 1)][-1] == dart
    assert dart not in (dice_of(seed + 1, place).random(31)[position], dice_of(seed, place + 1).random(31)[position])
    assert len({dice_of(seed, place).random(), dice_of(place, seed).random()}) == (1 if seed == place else 2)
