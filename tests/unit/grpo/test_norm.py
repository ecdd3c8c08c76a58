"""The norm that is written out is the models' own, value and gradient, and no other is taken for it."""

import copy

import pytest
import torch
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

from grpo.norm import Written, by_formula
from tests.autograd import kept_bytes


def both(norm, x):
    """Output, and the gradients of input and weight."""
    x = x.clone().requires_grad_()
    made = norm(x)
    (made * torch.linspace(-1, 2, made.numel(), dtype=made.dtype).view_as(made)).sum().backward()
    return made, x.grad, norm.weight.grad


@pytest.mark.parametrize("kind", [LlamaRMSNorm, Qwen3RMSNorm])
@pytest.mark.parametrize("shape", [(1, 24), (2, 5, 24), (2, 3, 4, 24)])
@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_value_and_gradient_are_the_models_own_in_float64(kind, shape, scale):
    torch.manual_seed(0)
    norm = kind(24, eps=1e-5)
    torch.nn.init.normal_(norm.weight)
    x = torch.randn(shape) * scale
    exact = copy.deepcopy(norm).double()
    exact.forward = lambda x: exact.weight * x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    by_formula(norm)
    assert isinstance(norm, Written)
    assert isinstance(norm, kind)
    for ours, expected in zip(both(norm, x), both(exact, x.double()), strict=True):
        torch.testing.assert_close(ours.double(), expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item())


def test_a_norm_that_scales_otherwise_stays_as_it_is():
    norm = Gemma3RMSNorm(24)  # times 1 + weight
    torch.nn.init.normal_(norm.weight)
    by_formula(norm)
    assert type(norm) is Gemma3RMSNorm


def test_other_types_are_left_to_the_models_own():
    norm = LlamaRMSNorm(24, eps=1e-5)
    x = torch.randn(3, 24, dtype=torch.bfloat16, requires_grad=True)
    expected = norm(x)
    by_formula(norm)
    assert torch.equal(norm(x), expected)


def test_the_input_is_all_that_is_kept():
    norm = LlamaRMSNorm(64)
    x = torch.randn(100, 64, requires_grad=True)
    by_formula(norm)
    assert kept_bytes(norm, lambda: norm(x)) == 4 * (100 * 64 + 100)
