"""A task's line of output: what the verifier says of it, in a form that does not depend on where or when it ran."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from typing import Any

from .. import registry
from ..pool import verify_each
from ..types import Reason, Reward, Verdict
from .columns import Columns, Task
from .rows import BadRow, Row

AHEAD = 2048
"""So many rows at most wait for one before them: they are written in order."""
LONGEST = 2_000
"""Characters of an answer that are written; the whole of it is in the completion."""


@dataclass(frozen=True)
class Line:
    """A row as it is written, and what the summary needs of it."""

    index: int
    text: bytes
    verifier: str
    verdict: dict[str, Any]
    """As `told` writes it."""
    seconds: float
    position: int


def score(completion: str, asked: tuple[str, Any]) -> tuple[dict[str, Any], float]:
    """In a worker: what is written of the verdict, and the seconds that it took."""
    name, ground_truth = asked
    verifier = _found(name)
    start = time.perf_counter()
    said = verifier(completion, ground_truth)
    seconds = time.perf_counter() - start
    return told(said), seconds


_found = lru_cache(16)(registry.find)


def told(said: Any) -> dict[str, Any]:
    """A verdict as JSON; a reward is its value with its parts. TypeError or ValueError for anything else."""
    if isinstance(said, Verdict):
        answer = None if said.answer is None else _cut(said.answer)
        return {"score": said.score, "reason": str(said.reason), "answer": answer, "note": _cut(said.note)}
    if isinstance(said, Reward):
        ours = next((str(verdict.reason) for verdict in said.verdicts.values() if verdict.score is None), None)
        parts = {name: told(verdict) for name, verdict in said.verdicts.items()}
        return {"score": _number(said.value), "reason": ours, "answer": None, "note": "", "parts": parts}
    raise TypeError(f"it returned {said!r:.80}, which is neither a Verdict nor a Reward")


def _number(value: Any) -> float | None:
    """What can be written, added up and read again; numpy's numbers are turned into Python's."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"it returned a Reward of {value!r:.80}, which is neither a number nor None")
    if not math.isfinite(value):
        raise ValueError(f"it returned a Reward of {value!r}, not a finite number")
    return float(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def scored(
    rows: Iterable[Row], columns: Columns, *, workers: int | None, timeout: float
) -> Generator[Line, None, None]:
    """The lines of the rows, in their order. BadRow once all before the bad one are there."""
    bad: list[BadRow] = []
    begun: dict[int, tuple[Task, int]] = {}

    def tasks() -> Iterator[tuple[str, tuple[str, Any]]]:
        try:
            for number, row in enumerate(rows):
                task = columns.task(row)
                begun[number] = task, row.position
                yield task.completion, (task.verifier, task.ground_truth)
        except BadRow as error:
            bad.append(error)

    waiting: dict[int, Line] = {}
    following = 0
    with closing(verify_each(score, tasks(), workers=workers, timeout=timeout, ahead=AHEAD)) as each:
        for number, reply in each:
            task, position = begun.pop(number)
            if isinstance(reply, Verdict):  # the pool's own: the task hung, died or raised
                reply = told(reply), timeout if reply.reason is Reason.UNDECIDED else 0.0
            said, seconds = reply
            waiting[number] = Line(task.index, _text(task, said), task.verifier, said, seconds, position)
            while following in waiting:
                yield waiting.pop(following)
                following += 1
    if bad:
        raise bad[0]


def _text(task: Task, said: dict[str, Any]) -> bytes:
    named = {} if task.id is None else {"id": task.id}
    written = {"index": task.index, **named, "verifier": task.verifier, **said, "row": task.digest}
    return json.dumps(written).encode() + b"\n"
