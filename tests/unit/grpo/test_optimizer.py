"""Each kind of AdamW: where its state is, that it goes on from a checkpoint as if it had never stopped."""

import copy
import sys
from dataclasses import replace

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from grpo.checkpoint import load_checkpoint, save_checkpoint
from grpo.config import RecipeError
from grpo.gradients import clip_gradients
from grpo.memory import rl_memory, shape_of
from grpo.optimizer import make_optimizer, set_lr
from grpo.policy import Policy
from grpo.presets import fill_preset
from grpo.settings import Rl


@pytest.fixture
def small():
    """A policy whose matrices are large enough for 8 bits, and whose norms are not."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=88, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4,
    )  # fmt: skip
    return Policy(LlamaForCausalLM(config).eval(), None, frozenset({0}))


@pytest.fixture(autouse=True)
def uncompiled():
    """torchao compiles its step, for a minute; without, it is the same arithmetic."""
    torch.compiler.set_stance("force_eager")
    yield
    torch.compiler.set_stance("default")


KINDS = {
    "adamw": lambda policy: make_optimizer(policy, "adamw", 1e-3),
    "adamw_8bit": lambda policy: make_optimizer(policy, "adamw_8bit", 1e-3),
}


def train(policy, optimizer, steps, *, clip=True):
    """Some steps on changing tokens, at changing rates."""
    for step in steps:
        ids = (torch.arange(24) * (step + 1) % 88).view(2, 12)
        (policy.model(input_ids=ids, labels=ids).loss * 10).backward()
        norm = clip_gradients(policy)
        assert norm > 1 or not clip  # so that clipping shows
        set_lr(optimizer, 1e-3 / step)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def twin(policy):
    return replace(policy, model=copy.deepcopy(policy.model))


def weights(policy):
    return torch.nn.utils.parameters_to_vector(policy.model.parameters()).detach()


@pytest.mark.parametrize("kind", KINDS)
def test_state_goes_through_a_checkpoint_and_changes_no_later_step(small, tmp_path, kind):
    whole, broken = twin(small), twin(small)
    train(whole, KINDS[kind](whole), range(1, 6))
    optimizer = KINDS[kind](broken)
    train(broken, optimizer, range(1, 4))
    save_checkpoint(tmp_path, 3, model=broken.model, optimizer=optimizer)
    resumed = twin(small)
    optimizer = KINDS[kind](resumed)
    assert load_checkpoint(tmp_path, model=resumed.model, optimizer=optimizer) == (3, {})
    train(resumed, optimizer, range(4, 6))
    assert torch.equal(weights(resumed), weights(whole))


def test_the_default_is_the_fused_adamw_of_torch(small):
    ours, theirs = twin(small), twin(small)
    train(ours, KINDS["adamw"](ours), range(1, 4))
    plain = torch.optim.AdamW(theirs.model.parameters(), lr=1.0, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    train(theirs, plain, range(1, 4))
    assert torch.equal(weights(ours), weights(theirs))


def test_eight_bits_move_the_weights_nearly_as_adamw_does(small):
    ours, theirs = twin(small), twin(small)
    train(ours, KINDS["adamw_8bit"](ours), range(1, 6))
    train(theirs, KINDS["adamw"](theirs), range(1, 6))
    moved = weights(theirs) - weights(small)
    assert (weights(ours) - weights(theirs)).norm() < 0.05 * moved.norm()
    assert not torch.equal(weights(ours), weights(theirs))


def test_only_what_has_a_gradient_has_a_state(small):
    for parameter in small.model.model.layers.parameters():
        parameter.requires_grad_(False)
    optimizer = KINDS["adamw"](small)
    trained = sum(parameter.numel() for group in optimizer.param_groups for parameter in group["params"])
    assert trained == 2 * 88 * 64 + 64  # embedding, head, last norm


def test_without_torchao_the_error_says_what_to_install(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchao.optim", None)
    with pytest.raises(RecipeError, match=r"needs torchao: pip install 'r1-verifiers\[optimizers\]'"):
        make_optimizer(small, "adamw_8bit", 1e-3)


def test_the_state_of_eight_bits_is_as_large_as_it_is_counted(small, tmp_path):
    small.model.config.save_pretrained(tmp_path)
    optimizer = KINDS["adamw_8bit"](small)
    train(small, optimizer, [1])
    buffers = [value for state in optimizer.state.values() for name, value in state.items() if name != "step"]
    held = sum(
        buffer.codes.nbytes + buffer.scale.nbytes if hasattr(buffer, "codes") else buffer.nbytes for buffer in buffers
    )
    counted = rl_memory(shape_of(str(tmp_path)), fill_preset(Rl(optimizer="adamw_8bit")), bfloat16=False)
    assert held == counted.optimizer
