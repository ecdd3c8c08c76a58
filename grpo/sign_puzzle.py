"""The sign puzzle `5,3,2,4:6?`: tasks, noisy search traces, and a decoder small enough to learn it on a laptop."""

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .tasks import write_jsonl
from .tiny_model import save_model

GIVE_UP = 0.55
"""Chance that a trace stops searching after a wrong attempt. Trying on is worth it; that is left for RL to find out."""


def make_sign_puzzle(
    folder: Path, seed: int, *, numbers: int = 4, largest: int = 5, traces: int = 32_000, held_out: int = 256
) -> None:
    """Write base/ (an untrained model with its tokenizer), train.jsonl, held_out.jsonl and traces.jsonl.

    No four numbers of a held-out task occur in a task or trace for training, in whatever order.
    """
    dice = random.Random(seed)
    train, test = split_tasks(dice, numbers, largest)
    write_jsonl(folder / "train.jsonl", train)
    write_jsonl(folder / "held_out.jsonl", test[:held_out])
    write_jsonl(folder / "traces.jsonl", (trace(train[i % len(train)], dice) for i in range(traces)))
    save_base(folder / "base", 2 * numbers * largest, seed)


def split_tasks(dice: random.Random, numbers: int, largest: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All tasks for training and all that are held out: an eighth of the bags of numbers, in whatever order."""
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
    return train, test


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
    return {
        "question": puzzle["question"],
        "completion": f"<think>{'wait '.join(attempts)}</think><answer>{answer_text(terms, choice)}</answer>",
    }


def attempt_text(terms: Sequence[int], choice: Sequence[int]) -> tuple[str, int]:
    """`5 +3=8 -2=6` and its value: each sign and number with the running total."""
    text, total = str(terms[0]), terms[0]
    for sign, number in zip(choice[1:], terms[1:], strict=True):
        total += sign * number
        text += f" {'+' if sign > 0 else '-'}{number}={total}"
    return text, total


def answer_text(terms: Sequence[int], choice: Sequence[int]) -> str:
    """`5 +3 -2`: the numbers with their signs."""
    return str(terms[0]) + "".join(f" {'+' if s > 0 else '-'}{n}" for s, n in zip(choice[1:], terms[1:], strict=True))


def save_base(folder: Path, largest: int, seed: int) -> None:
    """A Llama of under a million random weights, and a tokenizer with one token a number up to ±largest."""
    words = ["<eos>", "<unk>", "<think>", "</think>", "<answer>", "</answer>"]
    words += ["wait ", " off ", " no\n", " yes", " +", " -", "=", ",", ":", "?"]
    pattern = r"</?think>|</?answer>|wait | off | no\n| yes| [+-]|-?\d+|."
    save_model(folder, words, pattern, largest, seed)
