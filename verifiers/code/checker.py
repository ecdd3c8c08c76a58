"""A checker: a program in a box of its own that says whether an output will do.

It reads one JSON object with `input`, `expected` and `actual` from its standard input, exits with 0, and the first line
that it prints is `AC` or `WA`; what follows is for people.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox import Limits, Program, Sandbox, Status

from .ground_truth import BadGroundTruth, SandboxFailed

_LIMITS = Limits(cpu_s=10, wall_s=60, memory_mb=1024)
VERDICTS = {b"AC": True, b"WA": False}


def checker_accepts(box: Sandbox, checker: Program, sent: Any, expected: Any, actual: Any) -> bool:
    """What the checker says. One that breaks on this output but takes the expected one: then the output broke it."""
    said = _ask(box, checker, sent, expected, actual)
    if said is not None:
        return said
    if _ask(box, checker, sent, expected, expected):
        return False
    raise BadGroundTruth("the checker neither accepts the expected output nor says anything of the actual one")


def _ask(box: Sandbox, checker: Program, sent: Any, expected: Any, actual: Any) -> bool | None:
    try:
        question = json.dumps({"input": sent, "expected": expected, "actual": actual})
    except ValueError:  # an integer of more digits than Python writes
        return None
    execution = box.run(checker, stdin=question.encode(), limits=_LIMITS)
    if execution.status is Status.FAILED:
        raise SandboxFailed(execution.note)
    if execution.status is not Status.OK:
        return None
    return VERDICTS.get(execution.stdout.split(b"\n", 1)[0].strip())
