"""Are two expressions the same number? Cheap evidence first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .analytic import analytic, same_analytic
from .double import Double
from .evaluate import TooBig, Unknown, walk
from .exact import PRIME, Exact, Modular
from .precise import precise
from .tree import Node, nodes

Proved = tuple[bool, str]
"""The verdict, and its proof: exact or numeric."""
FAULTS = (Unknown, ZeroDivisionError, OverflowError, ValueError, TypeError, RecursionError)
_I = Node("const", (), "i")
MAX_DIGITS = 8_000
MAX_HEIGHT = 1_500  # decimal digits of the whole numbers in a number compared to many digits


def same_number(one: Node, other: Node) -> Proved:
    """Two numbers without variables. Raises Unknown where no arithmetic decides."""
    if one == other and one.kind not in ("big", "dots"):
        return True, "exact"
    try:
        return exact(one) == exact(other), "exact"
    except ZeroDivisionError as error:
        raise Unknown("division by zero") from error
    except Unknown:
        pass
    if analytic(one) or analytic(other):
        return same_analytic(one, other)
    try:
        if not agree(double_value(one, {}), double_value(other, {})):
            return False, "exact"
    except FAULTS:
        pass
    try:
        residues = (walk(one, Modular(), {}) - walk(other, Modular(), {})) % PRIME == 0
        if not residues:
            return False, "exact"
        return not _far_apart(one, other), "exact"
    except FAULTS:
        pass
    return _same_to_many_digits(one, other), "numeric"


def exact(node: Node) -> Fraction:
    """The rational number that it is. Raises Unknown or ZeroDivisionError."""
    value: Fraction = walk(node, Exact(), {})
    return value


def double_value(node: Node, env: Mapping[str, complex]) -> tuple[complex, float]:
    field = Double()
    value = walk(node, field, env)
    return value, field.peak


def agree(one: tuple[complex, float], other: tuple[complex, float]) -> bool:
    """Unless the difference is far above what rounding may do."""
    (a, a_peak), (b, b_peak) = one, other
    return abs(a - b) <= 1e-6 * (abs(a) + abs(b)) + 1e-9 * max(a_peak, b_peak)


def _far_apart(one: Node, other: Node) -> bool:
    try:
        field = precise(40)
        a, b = walk(one, field, {}), walk(other, field, {})
    except TooBig:
        raise
    except FAULTS:
        return False
    return bool(abs(a - b) > field.mp.mpf(10) ** -25 * (abs(a) + abs(b)))


def height(node: Node) -> int:
    """Decimal digits of the whole numbers in it, powers taken."""
    total = 0
    for n in nodes(node):
        if n.kind in ("num", "decimal"):
            value = n.value if n.kind == "num" else n.value.number
            total += (value.numerator.bit_length() + value.denominator.bit_length()) // 3
        elif n.kind == "pow" and n.args[0] == _I:
            continue
        elif n.kind == "pow" and (power := n.args[1].args[0] if n.args[1].kind == "neg" else n.args[1]).kind == "num":
            total += min(MAX_HEIGHT, math.ceil(abs(power.value))) * max(1, height(n.args[0]))
        elif n.kind == "call" and n.value == "factorial" and n.args[0].kind == "num":
            total += min(MAX_HEIGHT, 3 * abs(n.args[0].value.numerator))
        if total > MAX_HEIGHT:
            return total
    return total


def _same_to_many_digits(one: Node, other: Node) -> bool:
    needed = height(one) + height(other)
    work = (sum(1 for _ in nodes(one)) + sum(1 for _ in nodes(other))) * (100 + 2 * needed)
    if needed > MAX_HEIGHT or work > MAX_DIGITS * 25:
        raise TooBig("numbers of too many digits")
    try:
        return close(one, other, {}, agree=100 + 2 * needed)
    except ZeroDivisionError as error:
        raise Unknown("division by zero") from error


def close(one: Node, other: Node, point: Mapping[str, Fraction], agree: int) -> bool:
    """Whether two values agree in so many digits, however large the numbers on the way. Raises Unknown.

    An error is at most the largest number on the way times 10^(-0.6 digits): differences above it are real, and what is
    below it is computed again with more digits.
    """
    digits, before = 60, None
    for _ in range(5):
        field = precise(digits)
        env = {name: field.number(value) for name, value in point.items()}
        try:
            a, b = walk(one, field, env), walk(other, field, env)
        except FAULTS as error:
            raise error if isinstance(error, (Unknown, ZeroDivisionError)) else Unknown(str(error)) from error
        size, noise = max(abs(a), abs(b)), field.peak * field.mp.mpf(10) ** (-0.6 * digits)
        if abs(a - b) > noise:
            return False
        if size > noise:
            missing = agree - int(field.mp.log10(size / noise))
            if missing <= 0:
                return True
        else:
            if before is not None and max(abs(a - before[0]), abs(b - before[1])) <= size * 1e-12 and size:
                return bool(abs(a - b) <= size * 1e-12)  # small, but no noise: it stays the same with more digits
            missing = agree + int(field.mp.log10(noise)) if noise else 0
            if before is not None and missing <= 0:
                return True
        before = (a, b)
        digits += max(60, int(missing / 0.6) + 20)
        if digits > MAX_DIGITS:
            raise TooBig("numbers of too many digits")
    raise Unknown("digits that do not settle")


def exactly(node: Node) -> Any:
    """The rational value, or None."""
    try:
        return exact(node)
    except (ArithmeticError, ValueError):
        return None
