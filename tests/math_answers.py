"""Answers with their truth built in: for each kind a value, its spellings and its near misses.

A kind is a function of a `random.Random`, so that a script draws from a seed and Hypothesis from `st.randoms`. What
CONVENTIONS.md leaves open is left out, and so is what only a rounding would decide.
"""

import re
from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

from tests.answers.math_base import Answers
from tests.answers.math_constants import CONSTANTS
from tests.answers.math_equations import antiderivative, conic, line, parabola
from tests.answers.math_functions import FUNCTIONS
from tests.answers.math_measures import (
    area,
    bare_percent,
    clock,
    converted,
    counted,
    currency,
    degrees,
    missing_unit,
    percent,
    radians,
    ratio,
    speed,
)
from tests.answers.math_numbers import (
    based,
    decimal,
    formula,
    mixed_number,
    never_a_decimal,
    repeating,
    residue,
    rounded,
    scientific,
    terminating,
    thousands,
    word_number,
)
from tests.answers.math_reals import distance, inequality, interval, punctured, union
from tests.answers.math_several import (
    assignment,
    assignments,
    matrix,
    one_of_many,
    plus_minus,
    points,
    some_set,
    tuple_,
)
from tests.answers.math_words import choice, symbol, text

FORMULAS = {**CONSTANTS, **FUNCTIONS}
KINDS: dict[str, Callable[[Random], Answers]] = {
    **{name: formula(family) for name, family in FORMULAS.items()},
    **{"mixed number": mixed_number, "terminating": terminating, "not rounded": never_a_decimal, "decimal": decimal},
    **{"rounded": rounded, "repeating": repeating, "scientific": scientific, "thousands": thousands, "base": based},
    **{
        "residue": residue,
        "word number": word_number,
        "unit": converted,
        "missing unit": missing_unit,
        "counted": counted,
    },
    **{"area": area, "speed": speed, "currency": currency, "percent": percent, "bare percent": bare_percent},
    **{"degrees": degrees, "radians": radians, "ratio": ratio, "clock": clock, "set": some_set, "tuple": tuple_},
    **{
        "list": one_of_many,
        "plus minus": plus_minus,
        "points": points,
        "assignments": assignments,
        "assignment": assignment,
    },
    **{"matrix": matrix, "interval": interval, "union": union, "punctured": punctured, "distance": distance},
    **{"inequality": inequality, "line": line, "conic": conic, "parabola": parabola, "antiderivative": antiderivative},
    **{"choice": choice, "text": text, "symbol": symbol},
}
# Here the ground truth decides: how a decimal may be rounded, what a percent sign means, what `x =` may be left away.
GROUND_TRUTH_DECIDES = {
    "terminating",
    "not rounded",
    "decimal",
    "rounded",
    "repeating",
    "scientific",
    "currency",
    "percent",
    "bare percent",
    "assignment",
}


# Noise


def noises(text: str, kind: str = "") -> list[str]:
    """The same text with what writers leave around an answer; `x =` only where the kind has no variable."""
    noisy = [text, f" {text}  ", f"\n{text}\n", f"\u200b{text}"]
    if text[-1] not in ".!":
        noisy.append(f"{text}.")
    prose = re.search(r"[A-Za-z]{2}", re.sub(r"\\[A-Za-z]+(?:\{ ?[A-Za-z.~: ]* ?\})?", "", text))
    if not prose and not re.search(r"^\{|\*\*|[$%]", text):  # LaTeX itself could read it
        noisy += [f"${text}$", f"\\({text}\\)", f"\\[{text}\\]", f"$$ {text} $$", f"${text}$."]
        noisy += [f"\\displaystyle {text}", f"\\boxed{{{text}}}"]
    if re.fullmatch(r"-?[0-9]+", text):
        noisy += [f"\\text{{{text}}}", f"\\mathbf{{{text}}}"]
    if kind in CONSTANTS and "x" not in text:
        noisy += [f"x = {text}", f"x={text}"]
    return noisy


# Pairs


Pair = tuple[str, str, bool, str]


def pairs(rng: Random, kind: str = "") -> Pair:
    """One answer, its ground truth, whether it is right, and the kind.

    >>> pairs(Random(3)) == pairs(Random(3))
    True
    """
    kind = kind or rng.choice(sorted(KINDS))
    answers = KINDS[kind](rng)
    ground_truth, right = rng.choice(answers.spellings), rng.random() < 0.5
    answer = rng.choice([*answers.spellings, *answers.accepted] if right else answers.near_misses)
    if rng.random() < 0.5:
        answer = rng.choice(noises(answer, kind if right else ""))
    if rng.random() < 0.2:
        ground_truth = rng.choice(noises(ground_truth))
    return answer, ground_truth, right, kind


randoms = st.randoms(use_true_random=False)
kinds = st.sampled_from(sorted(KINDS))


def of_kind(kind: str) -> st.SearchStrategy[Answers]:
    return randoms.map(KINDS[kind])


@st.composite
def right_pairs(draw: st.DrawFn, kind: str) -> tuple[str, str]:
    answers = draw(of_kind(kind))
    return draw(st.sampled_from(answers.spellings + answers.accepted)), draw(st.sampled_from(answers.spellings))


@st.composite
def wrong_pairs(draw: st.DrawFn, kind: str) -> tuple[str, str]:
    answers = draw(of_kind(kind))
    return draw(st.sampled_from(answers.near_misses)), draw(st.sampled_from(answers.spellings))


@st.composite
def any_pair(draw: st.DrawFn) -> Pair:
    return pairs(draw(randoms), draw(kinds))
