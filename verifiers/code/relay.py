"""Test code and program in boxes of their own, with nothing but values between them.

The test code is rehearsed (`rehearsal.py`) with the values known so far, and says which calls it wants; the judge has
the program make them, and rehearses again. No rehearsal waits for a call: one box at a time is in use, and any
backend will do.
"""

from __future__ import annotations

import builtins
import pickle
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox import Execution, Limits, Program, Sandbox, Status
from sandbox.values import Refused

from .calls import APART, Call, call_each
from .ground_truth import BadGroundTruth, GroundTruth
from .names import Names
from .values import weight

_REHEARSAL = Program(Path(__file__).with_name("rehearsal.py").read_text(encoding="utf-8"))
_TEST_LIMITS = Limits(cpu_s=10, wall_s=60, memory_mb=1024, output_kb=16_384)
_MOST_REHEARSALS = 1_000
_MOST_CALLS = 5_000
_MOST_WEIGHT = 3_000_000
_MOST_CARRIED = 20 * _MOST_WEIGHT
"""In all rehearsals together, for each carries all values again: some ten seconds of the judge's time."""
_MOST_WALL_LIMITS = 20
"""All calls together may take this many times what one may."""


@dataclass(frozen=True)
class Relayed:
    """How the one test that a piece of test code is went, and all that the program did for it."""

    status: str
    executions: list[Execution]
    note: str = ""


def relay(box: Sandbox, program: Program, truth: GroundTruth, entry_point: str, names: Names) -> Relayed:
    """Run the test code against the program; BadGroundTruth where the fault is the test code's own."""
    functions = list(dict.fromkeys([*names.functions, entry_point]))
    known: dict[str, list[Any]] = {}  # values as pickles made here: they are sent each time, and read there alone
    made: dict[str, Execution] = {}
    guessing, steady, used, total, carried, spent_s = True, False, -1, 0, 0, 0.0
    for _ in range(_MOST_REHEARSALS):
        carried += total
        if carried > _MOST_CARRIED:
            return Relayed("OLE", list(made.values()), "the values returned are too large to be sent on so often")
        args = [truth.setup, truth.test, entry_point, functions, list(names.modules), known, guessing]
        try:
            rehearsed = _rehearse(box, args)
        except Refused as error:
            return Relayed("OLE", list(made.values()), f"the values returned cannot be sent on: {error}")
        if rehearsed.status is Status.FAILED:
            return Relayed("FAILED", [], rehearsed.note)
        if rehearsed.status is not Status.OK:
            if guessing:  # what a guess led to says nothing
                guessing = False
                continue
            said = f"the test code ended in {rehearsed.status}"
            if not known:
                raise BadGroundTruth(f"{said} before it had called anything")
            return Relayed("WA", list(made.values()), said)
        report = rehearsed.value
        if report["fault"]:
            raise BadGroundTruth(report["fault"])
        if not report["wanted"] or (report["failed"] and not guessing):
            return _judged(report, made)
        if report["used"] <= used and not steady:  # the call that was to be made first has not come again
            if _wanders(box, args):
                raise BadGroundTruth("the test code makes other calls each time it runs")
            steady = True
        used = report["used"]
        enough_s = spent_s + truth.limits.wall_s
        for key, execution, apart in _make_calls(box, program, report["wanted"], truth.limits):
            made[key] = execution
            how, value = apart or _answer(execution)
            known[key] = [how, zlib.compress(pickle.dumps(value, 4), 1)]
            total += weight(execution.value)
            if execution.status in (Status.FAILED, Status.CE):
                return Relayed(str(execution.status), [execution], execution.note)
            spent_s += execution.wall_s
            if how == "ended" or spent_s > enough_s:
                guessing = False  # a guess may have led to that call; no other shall cost as much
                break
            if total > _MOST_WEIGHT:
                return Relayed("OLE", list(made.values()), "the values returned are too large in all")
        if spent_s > _MOST_WALL_LIMITS * truth.limits.wall_s:
            return Relayed("TLE", list(made.values()), f"its {len(made):,} calls took {spent_s:.0f} s")
        if len(made) > _MOST_CALLS:
            break
    if 2 * report["used"] < len(made):
        raise BadGroundTruth("the test code makes other calls each time it runs")
    return Relayed("TLE", list(made.values()), f"the test code goes on after {len(made):,} calls")


def _rehearse(box: Sandbox, args: list[Any]) -> Execution:
    return next(iter(box.call_each(_REHEARSAL, "rehearse", [args], limits=_TEST_LIMITS)))


def _wanders(box: Sandbox, args: list[Any]) -> bool:
    """Whether the test code makes other calls each time: asked before it knows any value, so no program's doing."""
    runs = [_rehearse(box, [*args[:-2], {}, True]) for _ in range(2)]
    if any(run.status is not Status.OK for run in runs):
        return False
    first, second = ({key for key, *_ in run.value["wanted"]} for run in runs)
    return first != second


def _make_calls(
    box: Sandbox, program: Program, wanted: list[list[Any]], limits: Limits
) -> Iterator[tuple[str, Execution, list[Any] | None]]:
    """What came of each call; of one that returned no plain value, what the test code may know of that."""
    for name in dict.fromkeys(name for _, name, *_ in wanted):
        keys = [key for key, called, *_ in wanted if called == name]
        calls = [
            Call(args, keywords, through, iterators)
            for _, called, args, keywords, iterators, through in wanted
            if called == name
        ]
        for key, call, execution in zip(keys, calls, call_each(box, program, name, calls, limits), strict=True):
            if execution.status is Status.RE and execution.note.startswith("Refused: ") and not call.through:
                [again] = call_each(box, program, name, [replace(call, through=APART)], limits)
                yield key, again, _apart(again)
            else:
                yield key, execution, None


def _apart(execution: Execution) -> list[Any] | None:
    """How a call ended, and with what, where the value says that it stands for another; a program may forge that."""
    match execution.value if execution.status is Status.OK else None:
        case ["iterator", list() as items, bool() as more]:
            return ["iterator", [items, more]]
        case ["awaited", value]:
            return ["awaited", value]
    return None


def _answer(execution: Execution) -> list[Any]:
    """What the test code may know of a call: the value, the exception, or that it did not end well."""
    if execution.status is Status.OK:
        return ["returned", execution.value]
    found = re.fullmatch(r"raised (\w+)(?:, a (\w+))?: (.*)", execution.note, re.DOTALL)
    kind = getattr(builtins, found[2] or found[1], None) if found else None
    if execution.status is Status.RE and found and isinstance(kind, type) and issubclass(kind, Exception):
        return ["raised", [kind.__name__, found[3]]]
    return ["ended", None]


def _judged(report: dict[str, Any], made: dict[str, Execution]) -> Relayed:
    """The status that a rehearsal without guesses gives the test."""
    executions = list(made.values())
    if report["failed"]:
        execution = made[report["failed"]]
        return Relayed(str(execution.status), executions, execution.note)
    if not report["used"]:
        raise BadGroundTruth(report["note"] or "the test code does not call the program")
    return Relayed("AC" if report["outcome"] == "passed" else "WA", executions, report["note"])
