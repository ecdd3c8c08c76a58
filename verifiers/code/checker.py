"""A checker: a program in a box of its own that says whether an output will do.

It reads one JSON object with `input`, `expected` and `actual` from its standard input, exits with 0, and the first line
that it prints is `AC` or `WA`; what follows is for people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sandbox import Limits, Program, Sandbox, Status

from .ground_truth import BadGroundTruth, SandboxFailed

_LIMITS = Limits(cpu_s=10, wall_s=60, memory_mb=1024)
VERDICTS = {b"AC": True, b"WA": False}


_MOST_KNOWN = 100_000
_known: set[bytes] = set()
"""Digests of the questions with the expected output that were answered with AC: a group's rollouts share their task."""


def need_good_checker(box: Sandbox, checker: Program, tests: Iterable[tuple[Any, Any]]) -> None:
    """BadGroundTruth where it does not accept the expected output of each test.

    That is asked before any program has run, or else a program could choose outputs on which a checker breaks, where
    the fault is the task's only if it breaks on the expected one as well.
    """
    for number, (sent, expected) in enumerate(tests, 1):
        question = _question(sent, expected, expected)
        digest = hashlib.sha256(repr((checker, question)).encode()).digest()
        if digest in _known:
            continue
        if not _ask(box, checker, question):
            raise BadGroundTruth(f"the checker does not accept the expected output of test {number}")
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known.add(digest)


def checker_accepts(box: Sandbox, checker: Program, sent: Any, expected: Any, actual: Any) -> bool:
    """What the checker says. It is a good one, so that an output on which it breaks is wrong."""
    return _ask(box, checker, _question(sent, expected, actual)) is True


def _question(sent: Any, expected: Any, actual: Any) -> bytes | None:
    try:
        return json.dumps({"input": sent, "expected": expected, "actual": actual}).encode()
    except ValueError:  # an integer of more digits than Python writes
        return None


def _ask(box: Sandbox, checker: Program, question: bytes | None) -> bool | None:
    if question is None:
        return None
    execution = box.run(checker, stdin=question, limits=_LIMITS)
    if execution.status is Status.FAILED:
        raise SandboxFailed(execution.note)
    if execution.status is not Status.OK:
        return None
    return VERDICTS.get(execution.stdout.split(b"\n", 1)[0].strip())
