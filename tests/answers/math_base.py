"""Texts around one value, and the pieces that all kinds are made of."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random

from tests.answers.math_build import SQUAREFREE
from tests.answers.math_terms import Term, some_pen, write


@dataclass(frozen=True)
class Answers:
    """Texts around one value."""

    spellings: tuple[str, ...]
    """Equal, each to each: any may be the ground truth."""
    near_misses: tuple[str, ...]
    """Wrong against every spelling."""
    accepted: tuple[str, ...] = ()
    """Right against every spelling, and no ground truths themselves: the ground truth decides."""


def spell(rng: Random, term: Term) -> str:
    return write(term, some_pen(rng))


def scalars(rng: Random, count: int) -> list[Term]:
    """Different numbers, most of them whole, in rising order."""
    whole = sorted(rng.sample(range(-30, 31), count))
    below = rng.choice([1, 1, 1, 2, 3])
    terms: list[Term] = [Fraction(n, below) for n in whole]
    if rng.random() < 0.2:  # a root above all of them
        terms[-1] = rng.choice([("*", 30, ("sqrt", c)) for c in SQUAREFREE] + [("*", 20, "pi")])
    return terms


def more(term: Term, by: int = 1) -> Term:
    return term + by if isinstance(term, Fraction) else ("+", term, by)
