"""Small random models and their tokenizers, one folder each, made once a session."""

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from grpo.policy import Policy, load_policy
from grpo.sign_puzzle import save_base

SMALL = {"vocab_size": 88, "eos_token_id": 0, "bos_token_id": None, "pad_token_id": None}
DECODER = {
    **SMALL,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
MODELS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**DECODER, tie_word_embeddings=False)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**DECODER, tie_word_embeddings=True)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**SMALL, n_embd=32, n_layer=2, n_head=4, n_positions=256)),
}


@pytest.fixture(scope="session", params=MODELS)
def policy(request, tmp_path_factory) -> Policy:
    """A policy of each architecture, with the puzzle's tokenizer."""
    folder = tmp_path_factory.mktemp(request.param)
    save_base(folder, 35, seed=0)  # 87 tokens
    torch.manual_seed(0)
    model = MODELS[request.param]()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # far from uniform, so that a mistake shows
    model.save_pretrained(folder)
    return load_policy(str(folder), device="cpu")
