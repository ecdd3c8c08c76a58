"""When two answers to a task are the same: what a majority votes on."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from verifiers.accuracy import as_mapping, fitting_rule
from verifiers.choice import chosen
from verifiers.countdown import reading
from verifiers.math import equivalent

Same = Callable[[str, str], bool]
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def same_answers(verifier: str, ground_truth: Any) -> Same | None:
    """The equality that a vote on this task needs; None where answers have none, as programs do not.

    In mathematics it is that of values, of choices that of the letters meant, of countdown that of the numbers used and
    what they come to. No ground truth takes part, but for the texts of choices.
    """
    if verifier == "accuracy":
        fitting = fitting_rule(ground_truth)
        if isinstance(fitting, str):
            return None
        verifier, ground_truth = fitting
    if verifier == "math":
        return same_value
    if verifier == "choice":
        return by(lambda answer: chosen(answer, ground_truth))
    if verifier != "countdown":
        return None
    puzzle = as_mapping(ground_truth)
    ordered = isinstance(puzzle, Mapping) and puzzle.get("ordered")

    def made_of(answer: str) -> Any:
        read = reading(answer)
        return read if ordered or read is None else (read[0], sorted(read[1]))

    return by(made_of)


def same_value(one: str, other: str) -> bool:
    r"""Whether two answers are one, as the verifier of mathematics sees it, in either order: a vote has no reference.

    >>> same_value("0.5", r"\frac12"), same_value("2", "3")
    (True, False)
    """
    if one == other or (_WHOLE.fullmatch(one) and _WHOLE.fullmatch(other)):
        return one == other or int(one) == int(other)
    # Without the fallback, which may take seconds a pair: a vote compares up to k²/2 of them.
    return equivalent(one, other, fallback=False).correct or equivalent(other, one, fallback=False).correct


def by(read: Callable[[str], Any]) -> Same:
    """Equality of what is read out of answers; one out of which nothing can be read is its text."""
    read = lru_cache(maxsize=None)(read)

    def same(one: str, other: str) -> bool:
        meant = read(one)
        return meant == read(other) if meant is not None else " ".join(one.split()) == " ".join(other.split())

    return same


def vote(answers: Sequence[str | None], same: Same) -> list[int | None]:
    """The candidate that each answer votes for, numbered as they appear; None, which is no answer, votes for none.

    An answer votes for the first candidate that it is the same as.

    >>> vote(["1/2", "3", None, "0.5"], same_value)
    [0, 1, None, 0]
    """
    candidates: list[str] = []
    known: dict[str, int] = {}
    votes: list[int | None] = []
    for answer in answers:
        if answer is not None and answer not in known:
            place = next((n for n, other in enumerate(candidates) if same(answer, other)), len(candidates))
            if place == len(candidates):
                candidates.append(answer)
            known[answer] = place
        votes.append(None if answer is None else known[answer])
    return votes
