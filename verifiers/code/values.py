"""Is what a function returned what it should have returned? Plain built-ins, by strict type."""

from __future__ import annotations

import math
import operator
from typing import Any

from .output import close

DEEPEST = 100
_MOST_PAIRED = 200
"""Values that are equal but for int and float; more of them are paired in one order alone."""


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
    """The same, but the order of the outermost list is free.

    >>> same_unordered([2, 1], [1.0, 2]), same_unordered([2.0, 1], [1.0, 2])
    (True, False)
    """
    if type(expected) not in (list, tuple) or type(actual) not in (list, tuple) or len(actual) != len(expected):
        return same(actual, expected)
    if json_fault(actual):
        return False
    ours, theirs = sorted(map(_key, expected)), sorted(map(_key, actual))
    if [key for key, _ in ours] != [key for key, _ in theirs]:
        return False
    start = 0
    for end in range(1, len(ours) + 1):
        if end == len(ours) or ours[end][0] != ours[start][0]:
            if not _paired([floats for _, floats in theirs[start:end]], [floats for _, floats in ours[start:end]]):
                return False
            start = end
    return True


def _key(value: Any) -> tuple[Any, tuple[bool, ...]]:
    """A value without regard to int and float, in an order of all of JSON's, and which of its numbers are floats."""
    floats: list[bool] = []
    return _order(value, floats), tuple(floats)


def _order(value: Any, floats: list[bool]) -> tuple[Any, ...]:
    if type(value) in (int, float):
        floats.append(type(value) is float)
        return (0, value)
    if type(value) in (list, tuple):
        return (1, [_order(part, floats) for part in value])
    if type(value) is dict:
        return (2, [(name, _order(value[name], floats)) for name in sorted(value)])
    return (3, str(type(value)), str(value))


def _paired(actual: list[tuple[bool, ...]], expected: list[tuple[bool, ...]]) -> bool:
    """Whether values that are equal but for int and float can be paired, a float with none but a float expected."""
    if all(map(_serves, actual, expected)):
        return True
    partner: dict[int, int] = {}  # of each expected one

    def find(i: int, asked: set[int]) -> bool:
        for j in range(len(expected)):
            if j not in asked and _serves(actual[i], expected[j]):
                asked.add(j)
                if j not in partner or find(partner[j], asked):
                    partner[j] = i
                    return True
        return False

    return len(actual) <= _MOST_PAIRED and all(find(i, set()) for i in range(len(actual)))


def _serves(actual: tuple[bool, ...], expected: tuple[bool, ...]) -> bool:
    return all(map(operator.le, actual, expected))


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
