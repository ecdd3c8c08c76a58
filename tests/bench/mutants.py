"""Answers spoiled a little, and noise: the inputs of `fuzz.py`, each decided by a seed and its number."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import hostile

KEYS = ("ground_truth", "answer", "gold", "pred", "gt", "expected_answer")
LONGEST = 20_000
_TOKENS = r"""
0 1 2 7 10 0.5 12. .5 99999999999999999999 10^{10^{10}} e C y n \pi \ln \log \tan \arcsin \int_0^1 \sum_{k=1}^n
] > ; : . * / \} \right) \right| \right] \end{pmatrix} \begin{cases} ^{ _{ \le \ge \neq \in \subset \to \equiv \mp
\% \quad \! {,} \displaystyle \mathbb{R} \emptyset \pmod{7} _{2} \div − × ° ≤ ∪ ∈ ∅ ⅓ " ` # cm km/h miles dollars
half million p.m. undefined none nan base mod degrees
"""
_SPACED = (" is ", " not ", "\ufeff", "\u202e", "\u3000", "\r\n", "\t", "\\\n")
TOKENS = [*hostile.PIECES, *_TOKENS.split(), *_SPACED]
WRAPS = (r"{%s}", r"(%s)", r"\text{%s}", r"$%s$", r"^{%s}", r"\frac{1}{%s}", r"|%s|", r"-(%s)", r"\sqrt{%s}", r"[%s,7)")


def read_texts(path: Path) -> Iterator[str]:
    """The short answers and ground truths of a file of JSONL, whatever it calls them."""
    for row in map(json.loads, path.read_text(encoding="utf-8").strip().split("\n")):
        for value in map(row.get, KEYS):
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and 0 < len(text) <= 300:
                    yield text


def noise(draw: random.Random) -> str:
    """Tokens or characters in no order."""
    size = draw.choice((0, 1, 2, 3, 5, 10, 30, 100))
    if draw.random() < 0.7:
        return "".join(draw.choices(TOKENS, k=size))
    return "".join(chr(draw.randrange(draw.choice((0x80, 0x3000, 0x110000)))) for _ in range(size))


def mutated(draw: random.Random, text: str, texts: Sequence[str]) -> str:
    """The text after a few changes, each at a random place."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        i, j = sorted((draw.randint(0, len(text)), draw.randint(0, len(text))))
        before, piece, after = text[:i], text[i:j], text[j:]
        change = draw.randrange(7)
        if change == 0:
            piece += draw.choice(TOKENS)
        elif change == 1:
            piece = ""
        elif change == 2:
            piece *= draw.choice((2, 2, 3, 10, 100))
        elif change == 3:
            piece = draw.choice(WRAPS).replace("%s", piece)
        elif change == 4:
            piece = draw.choice(texts)
        elif change == 5:
            before, after = after, before
        else:
            piece = noise(draw)
        text = (before + piece + after)[:LONGEST]
    return text


def make_input(seed: int, number: int, texts: Sequence[str]) -> list[str]:
    """An answer and a ground truth, one of them often unspoiled."""
    draw = random.Random(f"{seed} {number}")
    text = draw.choice(texts)
    spoiled = mutated(draw, text, texts) if draw.random() < 0.85 else noise(draw)
    other = text if draw.random() < 0.7 else draw.choice((mutated(draw, text, texts), draw.choice(texts), noise(draw)))
    return draw.sample([spoiled, other], 2)
