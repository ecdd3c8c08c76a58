"""A model of a few weights, with a tokenizer of a token a byte: what a stack takes where it would take one of a hub."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


def make_tokenizer(eos: str = "<eos>") -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: n for n, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=eos, pad_token="<pad>")


def make_model() -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=258, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        eos_token_id=256, pad_token_id=257, bos_token_id=None,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def save(folder: str) -> None:
    """Both, under the name of a model on a hub."""
    make_tokenizer().save_pretrained(folder)
    make_model().save_pretrained(folder)
