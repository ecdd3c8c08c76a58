"""Are two expressions the same function of their variables? Residues first, then places to look at."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .analytic import analytic
from .evaluate import NoValue, TooBig, Unknown, walk
from .exact import PRIME, Modular
from .precise import precise
from .tree import Node, nodes, replace_symbol, symbols
from .values import FAULTS, Proved, agree, close, double_value, exact, same_number

_I = Node("const", (), "i")
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


def same_function(one: Node, other: Node) -> Proved:
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
    except FAULTS:
        pass
    if analytic(one) or analytic(other):
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
        except FAULTS:
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
            if not close(one, other, point, agree=30):
                return False
        except TooBig:
            raise
        except FAULTS:
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
        except FAULTS:
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
        except FAULTS:
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


def constant(node: Node) -> bool:
    """Whether a function takes the same value everywhere."""
    return same_function(node, _at(node, points(sorted(symbols(node)), 1)[0]))[0]


def has_value(node: Node) -> bool:
    """False where it is no number at any of a few places; an arithmetic that does not reach so far proves nothing."""
    for point in points(sorted(symbols(node)), 3):
        field = precise(30)
        try:
            walk(node, field, {name: field.number(value) for name, value in point.items()})
        except (NoValue, ZeroDivisionError, ValueError):  # mpmath raises ValueError at a pole
            continue
        except FAULTS:
            return True
        return True
    return False
