"""Is what a program printed what it should have printed? Bytes against bytes, one function for each mode."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, DecimalException

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_INTEGER = re.compile(rb"[+-]?[0-9]+")
_NO_NUMBER = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def lines_of(text: bytes) -> list[bytes]:
    r"""The lines without the blanks at their ends, and without blank lines at the end.

    >>> lines_of(b"a \r\n\n b\n\n")
    [b'a', b'', b' b']
    """
    lines = [line.rstrip() for line in text.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def same_lines(actual: bytes, expected: bytes) -> bool:
    return lines_of(actual) == lines_of(expected)


def same_tokens(actual: bytes, expected: bytes) -> bool:
    return actual.split() == expected.split()


def same_bytes(actual: bytes, expected: bytes) -> bool:
    return actual == expected


def same_unordered(actual: bytes, expected: bytes) -> bool:
    return sorted(lines_of(actual)) == sorted(lines_of(expected))  # sorted, not counted: nothing of theirs is hashed


def same_floats(actual: bytes, expected: bytes, absolute: float, relative: float) -> bool:
    """As many tokens, each the same text or a number near enough; integers stay exact, nan and inf never match.

    >>> same_floats(b"2.0 0.33333", b"2 0.33333333", 1e-4, 0), same_floats(b"nan", b"nan", 1, 1)
    (True, False)
    """
    ours, theirs = expected.split(), actual.split()
    return len(ours) == len(theirs) and all(
        _near(token, wanted, absolute, relative) for token, wanted in zip(theirs, ours, strict=True)
    )


def _near(token: bytes, wanted: bytes, absolute: float, relative: float) -> bool:
    if _NO_NUMBER.fullmatch(wanted) or _NO_NUMBER.fullmatch(token):
        return False
    if token == wanted:
        return True
    if not (_NUMBER.fullmatch(token) and _NUMBER.fullmatch(wanted)):
        return False
    if _INTEGER.fullmatch(wanted):
        try:
            return Decimal(token.decode()) == Decimal(wanted.decode())
        except DecimalException:  # an exponent beyond all bounds
            return False
    return close(float(token), float(wanted), absolute, relative)


def close(actual: float, expected: float, absolute: float, relative: float) -> bool:
    """Whether two finite numbers are as near as asked; relative to the expected one."""
    gap = abs(actual - expected)
    return gap <= max(absolute, relative * abs(expected)) and gap < float("inf")


EXACT_MODES: dict[str, Callable[[bytes, bytes], bool]] = {
    "lines": same_lines,
    "tokens": same_tokens,
    "exact": same_bytes,
    "unordered": same_unordered,
}
