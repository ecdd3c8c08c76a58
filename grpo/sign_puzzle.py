"""The sign puzzle `5,3,2,4:6?`: tasks, noisy search traces, and a decoder small enough to learn it on a laptop."""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .tasks import write_jsonl

GIVE_UP = 0.55
"""Chance that a trace stops searching after a wrong attempt. Trying on is worth it; that is left for RL to find out."""


def make_sign_puzzle(
    folder: Path, seed: int, *, numbers: int = 4, largest: int = 5, traces: int = 32_000, held_out: int = 256
) -> None:
    """Write base/ (an untrained model with its tokenizer), train.jsonl, held_out.jsonl and traces.jsonl.

    No four numbers of a held-out task occur in a task or trace for training, in whatever order.
    """
    dice = random.Random(seed)
    bags = list(itertools.combinations_with_replacement(range(1, largest + 1), numbers))
    dice.shuffle(bags)
    share = max(1, len(bags) // 8)
    apart, shared = (
        [list(order) for bag in part for order in sorted(set(itertools.permutations(bag)))]
        for part in (bags[:share], bags[share:])
    )
    train, test = (
        [task(terms, target) for terms in pool for target in only_targets(terms)] for pool in (shared, apart)
    )
    dice.shuffle(train)
    dice.shuffle(test)
    write_jsonl(folder / "train.jsonl", train)
    write_jsonl(folder / "held_out.jsonl", test[:held_out])
    write_jsonl(folder / "traces.jsonl", (trace(train[i % len(train)], dice) for i in range(traces)))
    save_base(folder / "base", 2 * numbers * largest, seed)


def signs(count: int) -> list[tuple[int, ...]]:
    """All ways to put + or - before the second to last number, in Gray's order: each flips one sign, the first again.

    >>> signs(3)
    [(1, 1, 1), (1, -1, 1), (1, -1, -1), (1, 1, -1)]
    """
    codes = (i ^ i >> 1 for i in range(2 ** (count - 1)))
    return [(1, *(-1 if code >> place & 1 else 1 for place in range(count - 1))) for code in codes]


def only_targets(terms: Sequence[int]) -> list[int]:
    """The values that exactly one choice of signs reaches."""
    values = [sum(s * n for s, n in zip(choice, terms, strict=True)) for choice in signs(len(terms))]
    return [value for value in values if values.count(value) == 1]


def task(terms: Sequence[int], target: int) -> dict[str, Any]:
    """A line of task JSONL for `verify_countdown`."""
    question = f"{','.join(map(str, terms))}:{target}?"
    truth = {"numbers": list(terms), "target": target, "operators": "+-", "ordered": True}
    return {"id": question, "question": question, "ground_truth": truth}


def trace(puzzle: dict[str, Any], dice: random.Random) -> dict[str, str]:
    """A worked search: from random signs on, one flipped at a time; each attempt checked, until right or given up."""
    terms, target = puzzle["ground_truth"]["numbers"], puzzle["ground_truth"]["target"]
    choices = signs(len(terms))
    start = dice.randrange(len(choices))
    attempts = []
    for choice in choices[start:] + choices[:start]:
        attempt, value = attempt_text(terms, choice)
        attempts.append(f"{attempt} off {value - target}" + (" yes" if value == target else " no\n"))
        if value == target or dice.random() < GIVE_UP:
            break
    answer = str(terms[0]) + "".join(f" {'+' if s > 0 else '-'}{n}" for s, n in zip(choice[1:], terms[1:], strict=True))
    return {
        "question": puzzle["question"],
        "completion": f"<think>{'wait '.join(attempts)}</think><answer>{answer}</answer>",
    }


def attempt_text(terms: Sequence[int], choice: Sequence[int]) -> tuple[str, int]:
    """`5 +3=8 -2=6` and its value: each sign and number with the running total."""
    text, total = str(terms[0]), terms[0]
    for sign, number in zip(choice[1:], terms[1:], strict=True):
        total += sign * number
        text += f" {'+' if sign > 0 else '-'}{number}={total}"
    return text, total


def save_base(folder: Path, largest: int, seed: int) -> None:
    """A Llama of under a million random weights, and a tokenizer with one token a number up to ±largest."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = [
        "<eos>",
        "<unk>",
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "wait ",
        " off ",
        " no\n",
        " yes",
        " +",
        " -",
        "=",
        ",",
        ":",
        "?",
    ]
    vocabulary = {word: i for i, word in enumerate([*words, *map(str, range(-largest, largest + 1))])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    pattern = Regex(r"</?think>|</?answer>|wait | off | no\n| yes| [+-]|-?\d+|.")
    backend.pre_tokenizer = pre_tokenizers.Split(pattern, "isolated")
    backend.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>", unk_token="<unk>")
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=3,
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
