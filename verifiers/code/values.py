"""Is what a function returned what it should have returned? Plain built-ins, by strict type."""

from __future__ import annotations

import math
from typing import Any

from .output import close

DEEPEST = 100


def json_fault(value: Any, depth: int = DEEPEST) -> str:
    """What keeps a value from being JSON's: a type, a depth, a key, nan. Nothing where it is fine.

    >>> json_fault([1, {"a": (2.5, None)}]), json_fault({"a": {1}})
    ('', 'a set')
    """
    kind = type(value)
    if kind is float:
        return "nan, which equals nothing" if math.isnan(value) else ""
    if kind in (str, int, bool, type(None)):
        return ""
    if depth == 0:
        return f"a value nested more than {DEEPEST} deep"
    if kind is dict:
        for key in value:
            if type(key) is not str:
                return f"a key that is {type(key).__name__}, not text"
        parts = value.values()
    elif kind in (list, tuple):
        parts = value
    else:
        return f"a {kind.__name__}"
    for part in parts:
        fault = json_fault(part, depth - 1)
        if fault:
            return fault
    return ""


def same(actual: Any, expected: Any, absolute: float = 0.0, relative: float = 0.0) -> bool:
    """Whether a value is the one expected: a tuple serves as a list and an int as a float, and nothing else does.

    The expected value holds JSON's types alone; tolerances are for floats, integers stay exact.

    >>> same((1, 2), [1, 2]), same(2, 2.0), same(True, 1), same(2.0, 2), same("1", 1)
    (True, True, False, False, False)
    """
    kind = type(expected)
    if kind in (list, tuple):
        return (
            type(actual) in (list, tuple)
            and len(actual) == len(expected)
            and all(same(*pair, absolute, relative) for pair in zip(actual, expected, strict=True))
        )
    if kind is dict:
        return (
            type(actual) is dict
            and len(actual) == len(expected)
            and all(key in actual and same(actual[key], expected[key], absolute, relative) for key in expected)
        )
    if kind is not float:
        return type(actual) is kind and bool(actual == expected)
    if type(actual) not in (int, float):
        return False
    if not (absolute or relative):
        return bool(actual == expected)
    try:
        return close(float(actual), expected, absolute, relative)
    except OverflowError:  # an int that no float can hold
        return False


def same_unordered(actual: Any, expected: Any) -> bool:
    """The same, but the order of the outermost list is free."""
    if type(expected) not in (list, tuple) or type(actual) not in (list, tuple) or len(actual) != len(expected):
        return same(actual, expected)
    if json_fault(actual):
        return False
    return same(sorted(actual, key=_key), sorted(expected, key=_key))


def _key(value: Any) -> tuple[Any, ...]:
    """An order of all of JSON's values in which equal ones stand together."""
    if type(value) in (int, float):
        return (0, value, type(value) is float)
    if type(value) in (list, tuple):
        return (1, [_key(part) for part in value])
    if type(value) is dict:
        return (2, sorted((name, _key(part)) for name, part in value.items()))
    return (3, str(type(value)), str(value))


def weight(value: Any) -> int:
    """How much a value holds: its items, its characters, 8 bytes of a number at a time."""
    total, todo = 0, [value]
    while todo:
        part = todo.pop()
        if type(part) is dict:
            todo.extend(part.keys())
            todo.extend(part.values())
        elif type(part) in (list, tuple, set, frozenset):
            todo.extend(part)
        elif type(part) in (str, bytes):
            total += len(part)
        elif type(part) is int:
            total += part.bit_length() // 64
        total += 1
    return total
