"""What a program is held against: the ground truth of a task, read and checked before anything runs."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox import Limits, Program

from .output import EXACT_MODES
from .values import json_fault, weight

_KEYS = {
    "stdin": ("kind", "tests", "compare", "limits", "language"),
    "function": ("kind", "tests", "compare", "limits", "language", "entry_point"),
    "assert": ("kind", "test", "setup", "limits", "language", "entry_point"),
}
_TEST_KEYS = {"stdin": ("input", "output"), "function": ("args", "expected")}
_MODES = {"stdin": (*EXACT_MODES, "float", "checker"), "function": ("exact", "unordered", "float", "checker")}
_COMPARE_KEYS = {"float": ("mode", "abs", "rel"), "checker": ("mode", "program", "language")}
_LIMITS = ("cpu_s", "wall_s", "memory_mb", "output_kb", "processes", "disk_mb")
_MARKS = ("optional",)  # how a public set marks limits that a judge may leave out
_WALL_TO_CPU = 4
_TOLERANCE = 1e-6
_BYTES_A_PART = 24
"""How many an item, a character or a number takes at most on its way out of the sandbox."""


class BadGroundTruth(ValueError):
    """A ground truth that cannot be read; the message is a sentence that says why."""


class SandboxFailed(Exception):
    """Something was not run, and that is not the program's doing."""


@dataclass(frozen=True)
class Compare:
    """How an actual value is held against the expected one."""

    mode: str
    absolute: float = 0.0
    relative: float = 0.0
    checker: Program | None = None


@dataclass(frozen=True)
class GroundTruth:
    """The tests of one task, of one of the three kinds."""

    kind: str
    limits: Limits
    language: str = ""
    """Empty where the completion may say."""
    entry_point: str = ""
    tests: tuple[tuple[Any, Any], ...] = ()
    """For each test what the program is given and what is expected of it."""
    compare: Compare = field(default_factory=lambda: Compare("lines"))
    test: str = ""
    """Source text of `assert` tests."""
    setup: str = ""
    """Source text of what those tests use themselves; never the program's."""


def read_ground_truth(given: object) -> GroundTruth:
    """The ground truth in a mapping or its JSON text; BadGroundTruth where it is none."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise BadGroundTruth(f"the ground truth is not JSON: {error}") from None
    if not isinstance(given, Mapping):
        raise BadGroundTruth(f"the ground truth is {type(given).__name__}, not a mapping with kind and tests")
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in _KEYS:
        raise BadGroundTruth(_unknown("the kind of the ground truth", kind, _KEYS))
    _check_keys("the ground truth", given, _KEYS[kind])
    language = _text(given, "language", "")
    named = _text(given, "entry_point", None if kind == "function" else "")
    entry_point = named.removeprefix("Solution().").removeprefix("Solution.")  # a method is found by its own name
    if named and not entry_point.isidentifier():
        raise BadGroundTruth(f"entry_point {shown(named)} is not the name of a function")
    if kind != "stdin" and language not in ("", "python"):
        raise BadGroundTruth(f"tests of kind {kind!r} are for Python, not {shown(language)}: use kind 'stdin'")
    limits = _limits(given.get("limits", {}))
    if kind == "assert":
        test, setup = _text(given, "test", None), _text(given, "setup", "")
        return GroundTruth(kind, limits, "python", entry_point, test=test, setup=setup)
    compare = _compare(kind, given.get("compare", {}))
    tests = _tests(kind, given.get("tests"), compare)
    limits = _room_for([expected for _, expected in tests], limits)
    return GroundTruth(kind, limits, language or ("python" if kind == "function" else ""), entry_point, tests, compare)


def _text(given: Mapping[str, Any], key: str, default: str | None) -> str:
    text = given.get(key, default)
    if not isinstance(text, str) or (default is None and not text.strip()):
        raise BadGroundTruth(f"the ground truth has no text under {key!r}")
    return _encodable(key, text)


def _encodable(what: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadGroundTruth(f"{what} is not Unicode text: {error.reason}") from None
    return text


def _limits(given: object) -> Limits:
    if not isinstance(given, Mapping):
        raise BadGroundTruth(f"limits {shown(given)} is not a mapping")
    _check_keys("limits", given, (*_LIMITS, *_MARKS))
    values = {key: given[key] for key in _LIMITS if key in given}
    try:
        limits = Limits(**values)
        if "wall_s" not in values and limits.wall_s < _WALL_TO_CPU * limits.cpu_s:
            limits = Limits(**values, wall_s=_WALL_TO_CPU * limits.cpu_s)
    except (TypeError, ValueError) as error:
        raise BadGroundTruth(f"limits: {error}") from None
    return limits


def _room_for(expected: list[Any], limits: Limits) -> Limits:
    """The limits, with the output's as high as what is expected needs."""
    largest = max(map(weight, expected))
    needed = largest * _BYTES_A_PART >> 10
    return limits if needed <= limits.output_kb else replace(limits, output_kb=needed)


def _compare(kind: str, given: object) -> Compare:
    if not isinstance(given, Mapping):
        raise BadGroundTruth(f"compare {shown(given)} is not a mapping, such as {{'mode': 'float', 'abs': 1e-6}}")
    mode = given.get("mode", _MODES[kind][0])
    if mode not in _MODES[kind]:
        raise BadGroundTruth(_unknown(f"the compare mode of kind {kind!r}", mode, _MODES[kind]))
    _check_keys(f"compare of mode {mode!r}", given, _COMPARE_KEYS.get(mode, ("mode",)))
    if mode == "checker":
        return Compare(mode, checker=Program(_text(given, "program", None), _text(given, "language", "python")))
    if mode != "float":
        return Compare(mode)
    default = 0.0 if "abs" in given or "rel" in given else _TOLERANCE
    tolerances = given.get("abs", default), given.get("rel", default)
    for tolerance in tolerances:
        if type(tolerance) not in (int, float) or not 0 <= tolerance < math.inf:
            raise BadGroundTruth(f"the tolerance {shown(tolerance)} is not a finite number from 0 on")
    return Compare(mode, float(tolerances[0]), float(tolerances[1]))


def _tests(kind: str, given: object, compare: Compare) -> tuple[tuple[Any, Any], ...]:
    if not isinstance(given, (list, tuple)) or not given:
        raise BadGroundTruth("the ground truth has no list of tests under 'tests'")
    keys = _TEST_KEYS[kind]
    tests = []
    for number, test in enumerate(given, 1):
        if not isinstance(test, Mapping):
            raise BadGroundTruth(f"test {number} is {type(test).__name__}, not a mapping with {' and '.join(keys)}")
        _check_keys(f"test {number}", test, keys)
        missing = [key for key in keys if key not in test]
        if missing:
            raise BadGroundTruth(f"test {number} has no {missing[0]!r}")
        sent, expected = (test[key] for key in keys)
        if kind == "stdin":
            for key in keys:
                if not isinstance(test[key], str):
                    raise BadGroundTruth(f"{key} of test {number} is {type(test[key]).__name__}, not text")
                _encodable(f"{key} of test {number}", test[key])
        else:
            if not isinstance(sent, (list, tuple)):
                raise BadGroundTruth(f"args of test {number} is {type(sent).__name__}, not a list of arguments")
            fault = json_fault(sent) or json_fault(expected)
            if fault:
                raise BadGroundTruth(f"test {number} holds {fault}: only JSON's values can be sent and compared")
        tests.append((sent, expected))
    return tuple(tests)


def _check_keys(what: str, given: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise BadGroundTruth(f"{what} has an unknown key {shown(key)}: did you mean {_nearest(key, known)!r}?")


def _unknown(what: str, given: object, known: Any) -> str:
    return f"{what} is {shown(given)}: did you mean {_nearest(given, known)!r}? There are {', '.join(known)}"


def _nearest(given: object, known: Any) -> str:
    near: list[str] = difflib.get_close_matches(shown(given), list(known), 1, 0)
    return near[0]


def shown(value: object) -> str:
    """The beginning of a value as Python writes it; a number too long to print, or nested too deep, by its type."""
    try:
        return repr(value)[:40]
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} too large to show"
