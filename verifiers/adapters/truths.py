"""What a row of the data is held against: a column of it, or several ground truths of which one suffices."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ..pool import TIMEOUT_S
from ..types import Reason, Verdict
from .common import judge_one, number_of, verdicts_of
from .rows import RewardFunction, Said, plain

COLUMNS = ("ground_truth", "answer", "solution", "target", "label")
"""Where a row's ground truth is looked for, in this order, if the user names no column."""


def ground_truth_in(row: Mapping[str, Any], column: str | None = None) -> Any:
    """What stands in the column, or in the first of COLUMNS that the row has.

    >>> ground_truth_in({"question": "1 + 1", "answer": "2"})
    '2'
    >>> ground_truth_in({"question": "1 + 1", "answer": "2"}, "answers")
    Traceback (most recent call last):
    ValueError: the row has no column 'answers': did you mean 'answer'? It has: question, answer
    """
    for name in COLUMNS if column is None else (column,):
        if name in row:
            return plain(row[name])
    has = ", ".join(map(str, row)) or "nothing"
    if column is None:
        raise ValueError(
            f"none of {', '.join(COLUMNS)} is a column of the row: name the one with the ground truth ({has})"
        )
    near = difflib.get_close_matches(column, map(str, row), 1, 0)
    raise ValueError(f"the row has no column {column!r}{f': did you mean {near[0]!r}?' if near else ':'} It has: {has}")


def judge_any(
    function: RewardFunction, completion: str, ground_truths: Sequence[Any], *, timeout: float = TIMEOUT_S
) -> Said:
    """The best that is said against one of the ground truths; undecided where one that is might have been right."""
    best: Said | None = None
    open_question: Said | None = None
    for ground_truth in ground_truths:
        said = judge_one(function, completion, ground_truth, timeout=timeout)
        number = number_of(said)
        if number is None:
            open_question = open_question or said
        elif best is None or number > (number_of(best) or 0.0):
            best = said
        if best is said and _all_right(said):
            return said
    if open_question is not None:
        return open_question
    return best if best is not None else Verdict(None, Reason.BAD_GROUND_TRUTH, note="there is no ground truth")


def _all_right(said: Said) -> bool:
    return all(verdict.correct for verdict in verdicts_of(said).values())
