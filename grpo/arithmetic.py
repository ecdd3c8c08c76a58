"""Small products and sums, for a small pretrained model."""

import itertools
import random
from pathlib import Path

from .tasks import write_jsonl


def make_arithmetic(folder: Path, seed: int, *, largest: int = 12) -> None:
    """Write train.jsonl and held_out.jsonl: products and sums of 2 to `largest`.

    Split by the unordered pair, over both operations: where 3 * 7 is held out, neither 7 * 3 nor 7 + 3 is trained on.
    """
    dice = random.Random(seed)
    pairs = list(itertools.combinations_with_replacement(range(2, largest + 1), 2))
    dice.shuffle(pairs)
    cut = len(pairs) // 4
    for name, some in (("held_out", pairs[:cut]), ("train", pairs[cut:])):
        questions = [
            (f"{a} {sign} {b}", a * b if sign == "*" else a + b)
            for pair in some
            for a, b in sorted({pair, pair[::-1]})
            for sign in "*+"
        ]
        dice.shuffle(questions)
        write_jsonl(
            folder / f"{name}.jsonl",
            [{"id": text, "question": text, "ground_truth": str(value)} for text, value in questions],
        )
