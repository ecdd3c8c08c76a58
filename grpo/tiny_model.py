"""An untrained decoder small enough for a laptop, with a tokenizer of whole words and numbers."""

from collections.abc import Sequence
from pathlib import Path


def save_model(
    folder: Path, words: Sequence[str], pattern: str, largest: int, seed: int, *, width: int = 128, layers: int = 3
) -> None:
    """Random weights, and one token a word and a number up to ±largest; the first word ends a sequence.

    pattern finds the next token in a text; what is not in the vocabulary is the second word.
    """
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    eos, unknown = words[:2]
    vocabulary = {word: i for i, word in enumerate([*words, *map(str, range(-largest, largest + 1))])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    backend.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=eos, unk_token=unknown)
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        max_position_embeddings=512,
        initializer_range=0.06,  # at 0.02, and with tied embeddings, the sums are learned late and forgotten under RL
        tie_word_embeddings=False,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        LlamaForCausalLM(config).save_pretrained(folder)
