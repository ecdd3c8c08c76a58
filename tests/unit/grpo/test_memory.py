"""No tensor of a training step is as large as all its logits; the arithmetic of memory is held to what is kept."""

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import LlamaConfig, LlamaForCausalLM

from grpo import head, memory, sft, train
from grpo.config import RecipeError
from grpo.generate import Rollout, sample
from grpo.groups import Group
from grpo.memory import rl_memory, shape_of
from grpo.policy import Policy, completion_logps
from grpo.presets import fill_preset
from grpo.settings import Recipe, Rl
from grpo.sft import sft_step
from grpo.train import update
from tests.autograd import kept_bytes
from verifiers import Reward

V, CHUNK, PROMPTS, GROUP, TOKENS = 1009, 64, 2, 4, 12
"""A prime vocabulary that is larger than anything else here, so that its tensors are known by their shape."""


@pytest.fixture
def wide():
    """A policy with a large vocabulary."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=V, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, tie_word_embeddings=True,
    )  # fmt: skip
    return Policy(LlamaForCausalLM(config).eval(), None, frozenset({0}))


class Rows(TorchDispatchMode):
    """Sees every tensor that is made: the most rows of one with the whole vocabulary, and the largest of a chunk."""

    def __init__(self):
        super().__init__()
        self.rows, self.chunk_rows = 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor) and tensor.dim():
                if V in tensor.shape and tuple(tensor.shape) not in ((V, 16), (16, V)):  # the head, its gradient
                    self.rows = max(self.rows, tensor.numel() // V)
                if tensor.shape[-1] == CHUNK:
                    self.chunk_rows = max(self.chunk_rows, tensor.numel() // CHUNK)
        return made


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of the vocabulary that are much smaller than it."""
    monkeypatch.setattr(head.head_logps, "__kwdefaults__", {"temperature": 1.0, "chunk": CHUNK})


def groups_of(rollouts):
    """Two groups with a right and a wrong half."""
    rewards = [Reward(float(place % 2), {}) for place in range(GROUP)]
    return [
        Group(None, "", [5, 6, 7], rollouts[p * GROUP : (p + 1) * GROUP], [""] * GROUP, rewards) for p in range(PROMPTS)
    ]


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("kl_coef", [0.0, 0.1])
def test_no_logits_of_all_tokens_are_ever_made_in_an_update(wide, small_chunks, recompute, kl_coef):
    wide = replace(wide, recompute=recompute)
    rollouts = [Rollout([1 + row] * TOKENS, [-7.0] * TOKENS, 1.0, True) for row in range(PROMPTS * GROUP)]
    optimizer = torch.optim.AdamW(wide.model.parameters())
    with Rows() as seen:
        update(wide, wide if kl_coef else None, optimizer, groups_of(rollouts), fill_preset(Rl(kl_coef=kl_coef)))
    assert seen.rows == 0
    assert seen.chunk_rows == PROMPTS * GROUP * TOKENS  # it did look at the logits


@pytest.mark.parametrize("recompute", [False, True])
def test_no_logits_of_all_tokens_are_ever_made_in_a_step_of_sft(wide, small_chunks, recompute):
    wide = replace(wide, recompute=recompute)
    optimizer = torch.optim.AdamW(wide.model.parameters())
    with Rows() as seen:
        sft_step(wide, optimizer, [([5, 6, 7], [8] * TOKENS)] * 4, 1e-3, 64, 1024)
    assert seen.rows == 0
    assert seen.chunk_rows == 4 * TOKENS


def test_the_sampler_makes_logits_of_one_token_a_row(wide):
    with Rows() as seen:
        sample(wide, [[5, 6, 7]] * PROMPTS, GROUP, max_new_tokens=TOKENS)
    assert seen.rows == PROMPTS * GROUP


def test_the_model_s_own_logits_are_seen_by_this_law(wide):
    with Rows() as seen:
        wide.model(input_ids=torch.ones(3, TOKENS, dtype=torch.long))
    assert seen.rows == 3 * TOKENS


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize(("width", "inner", "layers"), [(128, 384, 3), (64, 512, 6), (256, 256, 4)])
def test_the_arithmetic_of_activations_is_what_autograd_keeps(tmp_path, recompute, width, inner, layers):
    config = LlamaConfig(
        vocab_size=50, hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=4,
        num_key_value_heads=4,
    )  # fmt: skip
    config.save_pretrained(tmp_path)
    policy = Policy(LlamaForCausalLM(config).eval(), None, frozenset({0}), recompute=recompute)
    batch = [[1] * 8, [2] * 8], [0, 0, 0, 0, 1, 1, 1, 1], [[3] * 96] * 8
    kept = kept_bytes(policy.model, lambda: completion_logps(policy, *batch))
    rl = fill_preset(Rl(tasks_per_step=2, group_size=4, max_new_tokens=96, recompute=recompute))
    expected = rl_memory(shape_of(str(tmp_path)), rl, bfloat16=False, prompt_tokens=8).update
    tokens = 8 * 96 + 2 * 8
    later = (12 * width + 4 * inner) * (2 if recompute else 1)  # a layer's gradients; and what is computed again
    assert kept == pytest.approx(expected - 4 * tokens * later, rel=0.1)


def test_a_gpu_that_runs_out_of_memory_is_one_sentence(tmp_path, monkeypatch, capsys):
    def full(*args, **options):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of …")

    monkeypatch.setattr(train, "update", full)
    line = ["tiny_cpu", "--runs", str(tmp_path), "--sft.steps", "0", "--rl.held-out", "", "--rl.max-new-tokens", "4"]
    assert train.main([*line, "--rl.tasks-per-step", "2", "--rl.group-size", "2"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "error: the GPU is out of memory (CUDA out of memory): use less forward_tokens or sample_rows"
    )
    assert said.count("\n") == 1
    for word in ("recompute = true", "adamw_8bit", "lora_rank", "goes on from the last checkpoint"):
        assert word in said


def test_fine_tuning_that_does_not_fit_is_refused_before_the_model_is_loaded(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(memory, "free_memory", lambda device: 1000)
    monkeypatch.setattr(sft, "load_policy", None)
    assert train.main(["tiny_cpu", "--runs", str(tmp_path)]) == 2
    assert "GB are free: use a smaller model, or less forward_tokens" in capsys.readouterr().err


def test_what_a_rank_loads_must_fit_into_the_host(monkeypatch):
    part = memory.Memory(1e9, 1e9, 1e9, 1e9, 1e9, 5e9, loading=12e9)
    monkeypatch.setattr(memory, "free_memory", lambda device: 12.6e9)
    assert memory.require_memory("m", part, device="cpu") == pytest.approx(8.5)
    monkeypatch.setattr(memory, "free_memory", lambda device: 12.4e9)
    with pytest.raises(
        RecipeError, match=r"loads 'm', each process holds 12\.0 GB of whole copies .* 12\.4 GB are free"
    ):
        memory.require_memory("m", part, device="cpu")


def test_vllm_in_the_process_takes_its_share_and_a_server_none(tmp_path, monkeypatch):
    config = LlamaConfig(
        vocab_size=512, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=1000,
    )  # fmt: skip
    config.save_pretrained(tmp_path)
    shape, rl = shape_of(str(tmp_path)), fill_preset(Rl(sample_rows=3000))
    own = rl_memory(shape, rl, bfloat16=False)
    recipe = Recipe(name="r", model="m", rl=rl, device="cpu", vllm_memory=0.5)
    packed = memory.with_engine(own, shape, recipe)
    assert packed == replace(own, sampling=own.sampling + 4 * shape.parameters)
    served = memory.with_engine(own, shape, replace(recipe, engine="http://here:1"))
    assert served == replace(own, sampling=0.0)
    inside = replace(recipe, engine="vllm")
    token = 4 * 2 * 2 * 32  # keys and values of 2 layers, of 2 heads of 16
    for free, positions, cache in (
        (4e9, 0, 3000 * 1000 * token), (1e9, 0, 0.5e9), (4e9, 100, 1 << 28), (4e9, 500, 3000 * 500 * token)
    ):  # fmt: skip
        monkeypatch.setattr(memory, "free_memory", lambda device, free=free: free)
        found = memory.with_engine(own, shape, replace(inside, vllm_positions=positions))
        assert (found.sampling, found.vllm) == (0, 4 * shape.parameters + cache)
        assert found.peak == served.peak + found.vllm
    monkeypatch.setattr(memory, "pick_device", lambda name: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1e9, 80e9))
    awake = memory.with_engine(own, shape, inside)
    assert (awake.sampling, awake.vllm) == (40e9, 0)  # of all there is, not of what is free
    large = replace(awake, update=50e9)
    assert large.peak == replace(large, sampling=0.0).peak  # it sleeps meanwhile


def test_less_is_counted_with_eight_bits(tmp_path):
    LlamaConfig(vocab_size=512, hidden_size=64, intermediate_size=128, num_hidden_layers=2).save_pretrained(tmp_path)
    shape = shape_of(str(tmp_path))
    rl = fill_preset(Rl(kl_coef=0.1))
    plain, small = (rl_memory(shape, replace(rl, optimizer=kind), bfloat16=False) for kind in ("adamw", "adamw_8bit"))
    assert plain.optimizer == 8 * shape.parameters
    assert shape.small == 5 * 64  # the norms
    assert small.optimizer == 8 * 320 + (2 + 1 / 32) * (shape.parameters - 320)
    assert plain.peak - small.peak == plain.optimizer - small.optimizer
