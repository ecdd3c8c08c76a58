"""One completion in a worker process: the verdict as the JSON text that goes back to the caller."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from functools import lru_cache
from numbers import Real
from typing import Any, NamedTuple

from ..registry import find
from ..types import Reason, Reward, Verdict


class Task(NamedTuple):
    """A completion, and what it is to be held against by which verifier."""

    verifier: str
    completion: str
    ground_truth: Any


class Said(NamedTuple):
    """What became of a task, in plain values."""

    line: str
    number: float | None
    reason: str
    note: str
    counted: tuple[tuple[str, str | None, bool], ...]
    """Name, reason and whether undecided, of the verdict or of the sum and its parts."""
    seconds: float | None = None
    """How long the verifier took."""


_found = lru_cache(None)(find)


def load(specs: Mapping[str, str]) -> None:
    """Load each one before the first clock runs."""
    for spec in specs.values():
        _found(spec)


def score(name: str, spec: str, completion: str, ground_truth: Any) -> Said:
    """What the reward function that `registry.find(spec)` finds says, as `said` writes it."""
    function = _found(spec)
    begin = time.perf_counter()
    answer = function(completion, ground_truth)
    return said(name, answer, time.perf_counter() - begin)


def said(name: str, answer: Any, seconds: float | None = None) -> Said:
    """A verdict's or a reward's line, in ASCII, for lone surrogates are no UTF-8. Whatever else a function returns is
    VERIFIER_FAILED, and so is a value that is no finite number.

    >>> said("math", Verdict(1.0, Reason.CORRECT, answer="4")).line
    '{"score": 1.0, "reason": "CORRECT", "answer": "4", "note": "", "parts": null}'
    """
    if isinstance(answer, Verdict):
        entry = (name, str(answer.reason), answer.score is None)
        line = json.dumps({**_plain(answer), "parts": None}, allow_nan=False)
        return Said(line, _number(answer.score), str(answer.reason), str(answer.note), (entry,), seconds)
    if not isinstance(answer, Reward):
        return said(
            name, _failed(f"the verifier said {answer!r:.80}, which is neither a Verdict nor a Reward"), seconds
        )
    value: Any = answer.value
    if value is not None and not (isinstance(value, Real) and math.isfinite(float(value))):
        return said(name, _failed(f"the reward's value is {value!r:.80}, not a finite number"), seconds)
    parts = {str(part): _plain(verdict) for part, verdict in answer.verdicts.items()}
    blamed = next((verdict for verdict in answer.verdicts.values() if value is None and verdict.score is None), None)
    why = None if value is not None else Reason.UNDECIDED if blamed is None else blamed.reason
    note = "" if blamed is None else str(blamed.note)
    reason = None if why is None else str(why)
    whole = {"score": _number(value), "reason": reason, "answer": None, "note": note, "parts": parts}
    counted = [(f"{name}.{part}", str(one.reason), one.score is None) for part, one in answer.verdicts.items()]
    line = json.dumps(whole, allow_nan=False)
    return Said(line, _number(value), reason or "", note, ((name, None, value is None), *counted), seconds)


def _number(score: Any) -> float | None:
    return None if score is None else float(score)


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "score": _number(verdict.score),
        "reason": str(verdict.reason),
        "answer": None if verdict.answer is None else str(verdict.answer),
        "note": str(verdict.note),
    }


def _failed(note: str) -> Verdict:
    return Verdict(None, Reason.VERIFIER_FAILED, note=note)
