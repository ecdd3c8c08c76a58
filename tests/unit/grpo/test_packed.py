"""Without padding and with it a model says the same, and learns the same."""

import copy
import json
from dataclasses import replace

import pytest
import torch
from transformers import (
    DogeConfig,
    DogeForCausalLM,
    FalconH1Config,
    FalconH1ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PhimoeConfig,
    PhimoeForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3NextConfig,
    Qwen3NextForCausalLM,
    StableLmConfig,
    StableLmForCausalLM,
)

from grpo import packed
from grpo import policy as policy_module
from grpo.config import RecipeError
from grpo.packed import NAME, packs
from grpo.policy import Policy, completion_logps

PROMPTS = [[5, 6, 7], [9, 10, 11, 12, 13, 14, 15, 16], [3]]
ROWS = [0, 1, 1, 2, 0, 1]
COMPLETIONS = [[4, 1, 2, 8, 7, 7, 1, 30], [9], [2, 0], [3, 3, 3, 1, 2, 0], [1, 1, 0], [8, 9, 10, 11, 12, 13, 14]]
SMALL = {"vocab_size": 40, "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "head_dim": 8}
SMALL |= {"num_hidden_layers": 3, "max_position_embeddings": 64}
MODELS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SMALL, num_key_value_heads=2)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**SMALL, num_key_value_heads=1)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(vocab_size=40, n_embd=32, n_layer=2, n_head=4, n_positions=64)),
    "mistral, a window of 4": lambda: MistralForCausalLM(
        MistralConfig(**SMALL, num_key_value_heads=4, sliding_window=4)
    ),
    "gemma3, one of three layers with a window of 5": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(**SMALL, num_key_value_heads=2, sliding_window=5, sliding_window_pattern=3)
    ),
}


@pytest.fixture(params=MODELS)
def policy(request) -> Policy:
    torch.manual_seed(0)
    model = MODELS[request.param]().eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return Policy(model, None, frozenset({0}))


def learnt(policy, rows=ROWS, completions=COMPLETIONS):
    """The log-probs, and the gradient of a sum in which each counts otherwise."""
    own = replace(policy, model=copy.deepcopy(policy.model))
    logps_BT = completion_logps(own, PROMPTS, rows, completions, temperature=0.7)
    (logps_BT * torch.linspace(-1, 2, logps_BT.numel()).view_as(logps_BT)).sum().backward()
    return logps_BT, {name: weight.grad for name, weight in own.model.named_parameters() if weight.grad is not None}


def placed(prompts, rows, completions):
    return packed.places_of(prompts, rows, completions, torch.device("cpu"))


@pytest.mark.parametrize("recompute", [False, True])
def test_packed_is_padded(policy, recompute, monkeypatch):
    assert packs(policy.model)
    logps_BT, gradient = learnt(replace(policy, recompute=recompute))
    monkeypatch.setattr(policy_module, "packs", lambda model: False)
    expected_BT, expected = learnt(policy)
    torch.testing.assert_close(logps_BT, expected_BT, rtol=1e-4, atol=1e-4)
    assert gradient.keys() == expected.keys()
    for name, grad in gradient.items():
        torch.testing.assert_close(grad, expected[name], rtol=1e-3, atol=1e-3 * expected[name].abs().max().item())


def test_completions_of_one_token_each(policy, monkeypatch):
    logps_BT, _ = learnt(policy, [0, 1, 2], [[3], [0], [9]])
    monkeypatch.setattr(policy_module, "packs", lambda model: False)
    torch.testing.assert_close(logps_BT, learnt(policy, [0, 1, 2], [[3], [0], [9]])[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("recompute", [False, True])
def test_a_model_that_keeps_more_than_keys_and_values_keeps_its_attention_and_is_refused(recompute):
    config = Qwen3NextConfig(
        **SMALL, num_key_value_heads=2, layer_types=["linear_attention", "full_attention", "full_attention"],
        num_experts=2, num_experts_per_tok=1, moe_intermediate_size=16, shared_expert_intermediate_size=16,
        linear_num_key_heads=2, linear_num_value_heads=2, linear_key_head_dim=8, linear_value_head_dim=8,
    )  # fmt: skip
    model = Qwen3NextForCausalLM(config)
    assert not packs(model)
    assert model.config._attn_implementation == "sdpa"
    with pytest.raises(RecipeError, match=r"Qwen3NextForCausalLM keeps more .*LinearAttentionLayer"):
        completion_logps(Policy(model, None, frozenset({0}), recompute=recompute), PROMPTS, ROWS, COMPLETIONS)


def test_a_state_beside_the_keys_is_refused():
    small = SMALL | {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8}
    model = FalconH1ForCausalLM(FalconH1Config(**small, num_key_value_heads=2))
    with pytest.raises(RecipeError, match="FalconH1ForCausalLM keeps more"):
        completion_logps(Policy(model, None, frozenset({0})), PROMPTS, [2, 0, 1], COMPLETIONS[:3])


def test_completions_in_several_tables(policy, monkeypatch):
    logps_BT, gradient = learnt(policy)
    monkeypatch.setattr(packed, "CELLS", 200)
    shapes = [sorted(table.lengths) for table, _ in placed(PROMPTS, ROWS, COMPLETIONS).blocks]
    assert shapes == [[7], [5, 6], [1, 2]]  # the one of a single token needs no place
    several_BT, several = learnt(policy)
    torch.testing.assert_close(several_BT, logps_BT, rtol=1e-4, atol=1e-4)
    for name, grad in several.items():
        torch.testing.assert_close(grad, gradient[name], rtol=1e-3, atol=1e-3 * gradient[name].abs().max().item())


def test_one_long_completion_does_not_pad_the_short_ones():
    blocks = placed([[1] * 100], [0] * 241, [[2] * 64] * 240 + [[2] * 8192]).blocks
    assert sum(len(table.lengths) * max(table.lengths) for table, _ in blocks) < 1.2 * (8192 + 240 * 64)


UNHEEDING = {
    "layers that pass nothing on": lambda: StableLmForCausalLM(StableLmConfig(**SMALL, num_key_value_heads=2)),
    "a window in the mask alone": lambda: PhimoeForCausalLM(
        PhimoeConfig(**SMALL, num_key_value_heads=2, sliding_window=9, num_local_experts=2)
    ),
    "a mask of each layer's own": lambda: DogeForCausalLM(DogeConfig(**SMALL, num_key_value_heads=2)),
}


@pytest.mark.parametrize("kind", UNHEEDING)
def test_a_model_whose_attention_does_not_heed_the_places_is_padded(kind):
    torch.manual_seed(0)
    model = UNHEEDING[kind]().eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    logps_BT = completion_logps(Policy(model, None, frozenset({0})), PROMPTS, ROWS, COMPLETIONS)
    assert model.config._attn_implementation == "sdpa"
    for row, completion, logps_T in zip(ROWS, COMPLETIONS, logps_BT, strict=True):
        logits_TV = model(torch.tensor([PROMPTS[row] + completion])).logits[0, len(PROMPTS[row]) - 1 : -1]
        expected_T = logits_TV.log_softmax(-1).gather(1, torch.tensor(completion)[:, None])[:, 0]
        torch.testing.assert_close(logps_T[: len(completion)], expected_T, rtol=1e-4, atol=1e-4)


def test_a_saved_model_names_no_attention_of_ours(policy, tmp_path):
    assert packs(policy.model)
    policy.model.save_pretrained(tmp_path)
    assert NAME not in json.dumps(json.loads((tmp_path / "config.json").read_text()))
