"""Are two expressions the same number, or the same function? Cheap evidence first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .evaluate import TooBig, Unknown, places_near, walk
from .exact import PRIME, Exact, Modular
from .numeric import Double, precise
from .tree import INFINITY, ZERO, Node, nodes, replace_symbol, symbols

Said = tuple[bool, str]
"""The verdict, and its proof: exact or numeric."""
_I = Node("const", (), "i")
_FAULTS = (Unknown, ZeroDivisionError, OverflowError, ValueError, TypeError, RecursionError)
MAX_DIGITS = 8_000
MAX_HEIGHT = 1_500  # decimal digits of the whole numbers in a number compared to many digits
_REAL_POINTS = [
    Fraction(n, 1009)
    for n in (
        1373,
        -41_277,
        611,
        22_203,
        -457,
        17_411,
        -3001,
        -2089,
        887,
        -11_613,
        2551,
        331,
        181_129,
        -701,
        1987,
        -8797,
    )
]
"""Small and large, of both signs: an absolute value or a root shows where it turns."""
_FAR_POINTS = [Fraction(2_999_957, 1009), Fraction(-2_999_957, 1009), Fraction(1_000_003_127, 1009)]
"""Beyond where an absolute value is likely to turn."""
_TURNING = {"abs", "norm", "floor", "ceil", "sign", "max", "min", "sqrt", "root"}
_WHOLE_POINTS = [3, 5, 4, 7, 2, 6, 8, 1]


def same_number(one: Node, other: Node) -> Said:
    """Two numbers without variables. Raises Unknown where no arithmetic decides."""
    if one == other and one.kind not in ("big", "dots"):
        return True, "exact"
    try:
        return exact(one) == exact(other), "exact"
    except ZeroDivisionError as error:
        raise Unknown("division by zero") from error
    except Unknown:
        pass
    if _analytic(one) or _analytic(other):
        return _same_analytic(one, other)
    try:
        if not agree(double_value(one, {}), double_value(other, {})):
            return False, "exact"
    except _FAULTS:
        pass
    try:
        residues = (walk(one, Modular(), {}) - walk(other, Modular(), {})) % PRIME == 0
        if not residues:
            return False, "exact"
        if not _far_apart(one, other):
            return True, "exact"
        return False, "exact"
    except _FAULTS:
        pass
    return _same_to_many_digits(one, other), "numeric"


def exact(node: Node) -> Fraction:
    """The rational number that it is. Raises Unknown or ZeroDivisionError."""
    value: Fraction = walk(node, Exact(), {})
    return value


def _analytic(node: Node) -> bool:
    return any(n.kind == "big" and (n.value in ("int", "lim") or n.args[2] == INFINITY) for n in nodes(node))


def _same_analytic(one: Node, other: Node) -> Said:
    """Integrals by Gauss's rule, limits by coming close, sums without end by extrapolation."""
    (a, a_noise), (b, b_noise) = (_approximate(node) for node in (one, other))
    return abs(a - b) <= 1e-13 * max(abs(a), abs(b)) + a_noise + b_noise, "numeric"


def _approximate(node: Node) -> tuple[complex, float]:
    """The value, and what may be wrong with it beside its last digits."""
    if node.kind == "big" and node.value == "lim":
        return _limit(node)
    if any(n.kind == "big" and n.args[2] == INFINITY for n in nodes(node)):
        return complex(walk(node, precise(25), {})), 1e-17
    if not _analytic(node):
        return complex(walk(node, precise(30), {})), 0.0
    field = Double()
    return walk(node, field, {}), field.doubt


def _limit(node: Node) -> tuple[complex, float]:
    """What the body comes to at three places ever closer, on each side. Raises Unknown where it does not settle."""
    ends = []
    for side in [int(node.args[3].value)] if node.args[3] != ZERO else [1, -1]:
        found = [complex(walk(place, precise(90), {})) for place in places_near(node, side)]
        first, last = abs(found[1] - found[0]), abs(found[2] - found[1])
        if last > 1e-9 * (1 + abs(found[2])) or last > first + 1e-25 * abs(found[2]):
            raise Unknown("a limit that we do not see")
        ends.append((found[2], 2 * last))
    if abs(ends[0][0] - ends[-1][0]) > 1e-9 * (1 + abs(ends[0][0])):
        raise Unknown("a limit that we do not see")
    return ends[0]


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
    except _FAULTS:
        return False
    return bool(abs(a - b) > field.mp.mpf(10) ** -25 * (abs(a) + abs(b)))


def height(node: Node) -> int:
    """Decimal digits of the whole numbers in it, powers taken."""
    total = 0
    for n in nodes(node):
        if n.kind in ("num", "decimal"):
            value = n.value if n.kind == "num" else n.value.number
            total += (value.numerator.bit_length() + value.denominator.bit_length()) // 3
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
        return _close(one, other, {}, agree=100 + 2 * needed)
    except ZeroDivisionError as error:
        raise Unknown("division by zero") from error


def _close(one: Node, other: Node, point: Mapping[str, Fraction], agree: int) -> bool:
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
        except _FAULTS as error:
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


def same_function(one: Node, other: Node) -> Said:
    """Two expressions as functions of their variables. Raises Unknown."""
    names = sorted(symbols(one) | symbols(other))
    if not names:
        return same_number(one, other)
    if one == other:
        return True, "exact"
    if len(names) > 12:
        raise Unknown("more than twelve variables")
    try:
        env = {name: pow(i + 3, 77_777_777 + i, PRIME) for i, name in enumerate(names)}
        same = (walk(one, Modular(), env) - walk(other, Modular(), env)) % PRIME == 0
        if not same:
            return False, "exact"
        return _sampled(one, other, names, quick=True), "exact"
    except _FAULTS:
        pass
    if _analytic(one) or _analytic(other):
        raise Unknown("an integral or a limit with variables")
    counting = any(_counts(node) for node in (one, other))
    if any(n.kind in ("big", "dots") for node in (one, other) for n in nodes(node)):
        return _same_at_whole_numbers(one, other, names), "numeric"
    if _sampled(one, other, names):
        return True, "numeric"
    if counting:
        return _same_at_whole_numbers(one, other, names), "numeric"
    return False, "exact"


def _counts(node: Node) -> bool:
    """Whether a variable stands where it can only count: (-1)^n."""
    for n in nodes(node):
        if n.kind == "pow" and symbols(n.args[1]) and not symbols(n.args[0]):
            try:
                if exact(n.args[0]) < 0:
                    return True
            except (ArithmeticError, ValueError):
                pass
    return False


def points(names: list[str], count: int) -> list[dict[str, Fraction]]:
    """Places to look at: of both signs, the first of them positive."""
    size = len(_REAL_POINTS)
    found = []
    for k in range(count):
        values = [_REAL_POINTS[(k + i * 3 + (k * i) % 5) % size] for i in range(len(names))]
        found.append(dict(zip(names, map(abs, values) if k % 3 == 0 else values, strict=True)))
    return found


def _sampled(one: Node, other: Node, names: list[str], quick: bool = False) -> bool:
    seen = 0
    doubtful: list[dict[str, Fraction]] = []
    good: list[dict[str, Fraction]] = []
    real = not any(n == _I for node in (one, other) for n in nodes(node))  # √(x³) = x^(3/2) wherever one is real
    far = []
    if not quick and any(n.kind == "call" and n.value in _TURNING for node in (one, other) for n in nodes(node)):
        far = [dict.fromkeys(names, value) for value in _FAR_POINTS]
    for point in [*far, *points(names, 16)]:
        try:
            env = {name: complex(value) for name, value in point.items()}
            a, b = double_value(one, env), double_value(other, env)
        except _FAULTS:
            doubtful.append(point)
            continue
        if real and all(abs(value.imag) > 1e-9 * abs(value) for value, _ in (a, b)):
            continue
        if not agree(a, b):
            return False
        if point in far:
            continue
        good.append(point)
        seen += 1
        if seen >= (1 if quick else 7):
            break
    if quick:
        return True
    confirmed = 0
    for point in [*good[:2], *doubtful]:
        try:
            if not _close(one, other, point, agree=30):
                return False
        except TooBig:
            raise
        except _FAULTS:
            continue
        confirmed += 1
        if confirmed >= 4:
            break
    if confirmed < 2:
        raise Unknown("too few places where both sides have a value")
    return True


def _same_at_whole_numbers(one: Node, other: Node, names: list[str]) -> bool:
    seen = 0
    for shift in range(len(_WHOLE_POINTS)):
        env = {name: Fraction(_WHOLE_POINTS[(shift + 3 * i) % len(_WHOLE_POINTS)]) for i, name in enumerate(names)}
        sides = []
        for node in (one, other):
            for name, value in env.items():
                node = replace_symbol(node, name, Node("num", (), value))
            sides.append(node)
        try:
            if not same_number(*sides)[0]:
                return False
        except TooBig:
            raise
        except _FAULTS:
            continue
        seen += 1
    if seen < 4:
        raise Unknown("too few places where both sides have a value")
    return True


def proportional(one: Node, other: Node) -> tuple[bool, int]:
    """Whether one is a constant times the other, and the sign of the constant. Raises Unknown."""
    names = sorted(symbols(one) | symbols(other))
    if symbols(one) != symbols(other):
        return False, 0
    factors = []
    for point in points(names, 10):
        try:
            env = {name: complex(value) for name, value in point.items()}
            (a, a_peak), (b, b_peak) = double_value(one, env), double_value(other, env)
            if abs(a) < 1e-7 * a_peak or abs(b) < 1e-7 * b_peak:
                continue
        except _FAULTS:
            continue
        factors.append(a / b)
        if abs(factors[-1] - factors[0]) > 1e-7 * abs(factors[0]):
            return False, 0
        if len(factors) > 5:
            break
    if len(factors) < 3:
        raise Unknown("too few places where both sides have a value")
    first = factors[0]
    if abs(first.imag) > 1e-9 * abs(first):
        return False, 0
    place = points(names, 1)[0]
    by = [_at(node, place) for node in (one, other)]
    scaled = Node("mul", (one, by[1])), Node("mul", (other, by[0]))
    return same_function(*scaled)[0], 1 if first.real > 0 else -1


def _at(node: Node, place: Mapping[str, Fraction]) -> Node:
    for name, value in place.items():
        node = replace_symbol(node, name, Node("num", (), value))
    return node


def exactly(node: Node) -> Any:
    """The rational value, or None."""
    try:
        return exact(node)
    except (ArithmeticError, ValueError):
        return None


def has_value(node: Node) -> bool:
    """Whether it is a number anywhere, in double precision or to a few more digits."""
    for point in points(sorted(symbols(node)), 3):
        try:
            walk(node, Double(), {name: complex(value) for name, value in point.items()})
            return True
        except _FAULTS:
            pass
        try:
            field = precise(30)
            walk(node, field, {name: field.number(value) for name, value in point.items()})
            return True
        except TooBig:
            return True
        except _FAULTS:
            pass
    return False
