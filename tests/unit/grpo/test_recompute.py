"""Recomputed activations: the same log-probs and the same gradient, for less memory."""

from dataclasses import replace

import pytest
import torch

from grpo.policy import completion_logps
from grpo.recompute import layers_of
from grpo.sft import packed_logps
from tests.autograd import kept_bytes

PROMPTS = [[5, 6, 7, 8], [9], [10, 11]]
ROWS = [0, 0, 1, 2, 2, 2]
COMPLETIONS = [[3, 4, 5], [8, 1, 2, 0], [7], [4, 4, 4, 4, 4, 0], [12, 13], [0]]
PAIRS = [[([5, 6], [7, 8, 0]), ([9], [1, 0])], [([3, 4, 5], [6, 0])]]
WAYS = {
    "shared prompts": lambda policy: completion_logps(policy, PROMPTS, ROWS, COMPLETIONS, temperature=0.7),
    "one token each": lambda policy: completion_logps(policy, PROMPTS, [0, 1, 2], [[3], [0], [9]]),
    "packed": lambda policy: packed_logps(policy, PAIRS),
}


def gradient(policy, way):
    """Log-probs and the gradient of a sum that weighs each otherwise."""
    logps = WAYS[way](policy)
    weights = torch.linspace(-1, 1, logps.numel()).view_as(logps)
    parameters = [parameter for parameter in policy.model.parameters() if parameter.requires_grad]
    return logps, torch.autograd.grad((logps * weights).sum(), parameters, allow_unused=True)


@pytest.mark.parametrize("bfloat16", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_recomputed_activations_give_the_same_gradient(policy, way, bfloat16):
    policy = replace(policy, bfloat16=bfloat16)
    plain, again = gradient(policy, way), gradient(replace(policy, recompute=True), way)
    torch.testing.assert_close(again[0], plain[0], atol=1e-6, rtol=1e-6)
    for ours, theirs in zip(again[1], plain[1], strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


def saved_numbers(policy, way):
    """How many numbers autograd keeps for the backward pass, but for the weights."""
    return kept_bytes(policy.model, lambda: WAYS[way](policy)) / 4


@pytest.mark.parametrize("way", ["shared prompts", "packed"])
def test_recomputing_keeps_less_than_half_of_the_activations(policy, way):
    assert saved_numbers(replace(policy, recompute=True), way) < 0.5 * saved_numbers(policy, way)


@pytest.mark.parametrize("way", WAYS)
def test_each_layer_is_computed_once_more_and_then_as_before(policy, way):
    layer, calls = layers_of(policy.model)[0], []
    inner = layer.mlp.register_forward_pre_hook(lambda *_: calls.append(1))
    try:
        gradient(policy, way)
        plain = len(calls)
        gradient(replace(policy, recompute=True), way)
    finally:
        inner.remove()
    assert len(calls) == 3 * plain
    assert "forward" not in vars(layer)
