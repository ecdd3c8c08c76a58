"""Sets of real numbers: intervals, unions and what inequalities in one variable say."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping
from fractions import Fraction

from .double import Double
from .evaluate import Unknown, walk
from .exact import Exact
from .precise import precise
from .tree import INFINITY, VALUES, ZERO, Node, negative, nodes, number, replace_symbol, symbols
from .values import exact, same_number

REALS = Node("tuple", (negative(INFINITY), INFINITY), "()")
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "="}
_CHECKED = (2, 5, Fraction(7, 3), Fraction(-31, 7), 13, -50, 101, Fraction(1003, 2))
"""Where an inequality must be the polynomial that -1, 0 and 1 suggest."""
MAX_PIECES = 40


def as_reals(node: Node, variable: list[str]) -> Node | None:
    """The same set made of intervals, finite sets and their unions, or None where it is no set of reals that we know.

    The name of an inequality's variable goes into `variable`. Raises Unknown where the inequality is out of reach.
    """
    if node.kind == "tuple" and len(node.args) == 2:
        return node if all(arg.kind in VALUES and not symbols(arg) for arg in node.args) else None
    if node.kind == "set":
        return node if all(arg.kind in VALUES and not symbols(arg) for arg in node.args) else None
    if node.kind == "reals":
        half = {
            "ℝ": REALS,
            "ℝ+": Node("tuple", (ZERO, INFINITY), "()"),
            "ℝ-": Node("tuple", (negative(INFINITY), ZERO), "()"),
        }
        return half.get(node.value)
    if node.kind in ("union", "inter", "minus"):
        parts = [as_reals(arg, variable) for arg in node.args]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or len(set(variable)) > 1:
            return None
        if node.value == "comma" and same_reals(Node("union", tuple(known)), REALS):
            return Node("inter", tuple(known))  # x ≥ 0, x ≤ 1 says something only together
        return Node(node.kind, tuple(known))
    if node.kind == "builder":
        name, condition, domain = node.args
        inside = as_reals(domain, variable)
        found: list[str] = []
        said = as_reals(condition, found)
        if said is not None and set(found) == {name.value} and domain.value in ("ℤ", "ℕ", "ℤ+"):
            return _whole_numbers(said, name.value)
        if said is None or inside is None or set(found) != {name.value}:
            return None
        return said if inside == REALS else Node("inter", (said, inside))
    if node.kind == "rel" and not {"=", "~="} & set(node.value):
        names = symbols(node)
        if len(names) != 1 or len(node.args) > 4:
            return None
        variable.append(next(iter(names)))
        pairs = zip(node.args, node.value, node.args[1:], strict=False)
        solved = [solve(left, mark, right, variable[-1]) for left, mark, right in pairs]
        return solved[0] if len(solved) == 1 else Node("inter", tuple(solved))
    return None


def _whole_numbers(within: Node, name: str) -> Node | None:
    """The whole numbers of a bounded set, or None where it is not bounded, or too large."""
    ends: list[tuple[float, Node]] = []
    _collect(within, ends)
    places = [value for value, _ in ends]
    unbounded = any(_infinite(n) for part in nodes(within) if part.kind == "tuple" for n in part.args)
    if not places or max(places) - min(places) > 200:
        return None
    low, high = math.floor(min(places)) - 1, math.ceil(max(places)) + 1
    if unbounded and any(holds(within, name, number(far)) for far in (low - 1000, high + 1000)):
        return None
    return Node("set", tuple(number(n) for n in range(low, high + 1) if holds(within, name, number(n))))


def ray(mark: str, end: Node) -> Node:
    """x < end, and the like."""
    if mark == "!=":
        return Node("minus", (REALS, Node("set", (end,))))
    if mark in ("<", "<="):
        return Node("tuple", (negative(INFINITY), end), "(" + (")" if mark == "<" else "]"))
    return Node("tuple", (end, INFINITY), ("(" if mark == ">" else "[") + ")")


def solve(left: Node, mark: str, right: Node, name: str) -> Node:
    """The x for which left < right, where that is linear, quadratic or an absolute value. Raises Unknown."""
    if name not in symbols(left):
        left, right, mark = right, left, TURNED[mark]
    if left.kind == "sym" and name not in symbols(right):
        return ray(mark, right)
    if left.kind == "call" and left.value == "abs" and name not in symbols(right):
        inner, low = left.args[0], negative(right)
        if mark in ("<", "<="):
            return Node("inter", (solve(inner, mark, right, name), solve(inner, TURNED[mark], low, name)))
        if mark in (">", ">="):
            return Node("union", (solve(inner, mark, right, name), solve(inner, TURNED[mark], low, name)))
        return Node("inter", (solve(inner, mark, right, name), solve(inner, mark, low, name)))
    difference = Node("add", (left, negative(right)))
    at = {x: replace_symbol(difference, name, number(x)) for x in (-1, 0, 1, *_CHECKED)}
    a, b, c = _coefficients(at)
    for x in _CHECKED:
        fitted = Node("add", (Node("mul", (a, number(x * x))), Node("mul", (b, number(x))), c))
        if not same_number(fitted, at[x])[0]:
            raise Unknown("an inequality of higher degree")
    if _sign(a) == 0:
        slope = _sign(b)
        if slope == 0:
            return REALS if _holds(_sign(c), mark) else Node("set")
        return ray(mark if slope > 0 else TURNED[mark], _over(negative(c), b))
    if _sign(a) < 0:
        a, b, c, mark = negative(a), negative(b), negative(c), TURNED[mark]
    discriminant = Node("add", (Node("mul", (b, b)), negative(Node("mul", (number(4), a, c)))))
    kind = _sign(discriminant)
    if kind < 0:
        return REALS if mark in (">", ">=", "!=") else Node("set")
    width = Node("call", (discriminant,), "sqrt")
    low = _over(Node("add", (negative(b), negative(width))), Node("mul", (number(2), a)))
    high = _over(Node("add", (negative(b), width)), Node("mul", (number(2), a)))
    if mark == "!=":
        return Node("minus", (REALS, Node("set", (low, high))))
    if mark in (">", ">="):
        return Node("union", (ray("<" + mark[1:], low), ray(mark, high)))
    return Node("inter", (ray(">" + mark[1:], low), ray(mark, high)))


def _coefficients(at: Mapping[int | Fraction, Node]) -> tuple[Node, Node, Node]:
    half = number(Fraction(1, 2))
    a = Node("add", (Node("mul", (half, Node("add", (at[1], at[-1])))), negative(at[0])))
    b = Node("mul", (half, Node("add", (at[1], negative(at[-1])))))
    try:
        a, b, c = (number(walk(part, Exact(), {})) for part in (a, b, at[0]))
    except Unknown:
        c = at[0]
    return a, b, c


def _over(above: Node, below: Node) -> Node:
    node = Node("div", (above, below))
    try:
        return number(walk(node, Exact(), {}))
    except Unknown:
        return node


def _holds(sign: int, mark: str) -> bool:
    return {"<": sign < 0, ">": sign > 0, "<=": sign <= 0, ">=": sign >= 0, "!=": sign != 0}[mark]


def _sign(node: Node) -> int:
    try:
        value = exact(node)
        return (value > 0) - (value < 0)
    except Unknown:
        pass
    if same_number(node, ZERO)[0]:
        return 0
    field = precise(60)
    value = field.mp.re(walk(node, field, {}))
    return 1 if value > 0 else -1


def holds(node: Node, name: str, place: Node) -> bool:
    """Whether a number belongs to a set, or satisfies an inequality in the variable. Raises Unknown."""
    if node.kind == "rel":
        sides = [replace_symbol(side, name, place) for side in node.args]
        gaps = [Node("add", (left, negative(right))) for left, right in itertools.pairwise(sides)]
        try:
            return all(_is_real(gap) and _holds(_sign(gap), mark) for gap, mark in zip(gaps, node.value, strict=True))
        except ZeroDivisionError:
            return False
    if node.kind == "builder":
        return holds(node.args[1], name, place) and holds(node.args[2], name, place)
    if node.kind == "union":
        return any(holds(arg, name, place) for arg in node.args)
    if node.kind in ("inter", "minus"):
        inside = [holds(arg, name, place) for arg in node.args]
        return all(inside) if node.kind == "inter" else inside[0] and not inside[1]
    if node == Node("reals", (), "ℝ"):
        return True
    if node.kind == "set":
        return any(same_number(arg, place)[0] for arg in node.args)
    if node.kind != "tuple":
        raise Unknown(f"a {node.kind} is no set of reals")
    low, high = node.args
    above = _infinite(low) < 0 or _holds(_sign(Node("add", (place, negative(low)))), ">" + "=" * (node.value[0] == "["))
    below = _infinite(high) > 0 or _holds(
        _sign(Node("add", (place, negative(high)))), "<" + "=" * (node.value[1] == "]")
    )
    return above and below


def _is_real(node: Node) -> bool:
    try:
        exact(node)
    except Unknown:
        field = precise(40)
        value = walk(node, field, {})
        return bool(abs(field.mp.im(value)) <= field.mp.mpf(10) ** -20 * (1 + abs(value)))
    return True


def solved_ends(node: Node) -> list[Node]:
    """The finite ends of what we can solve, none where we cannot."""
    ends: list[tuple[float, Node]] = []
    try:
        solved = as_reals(node, [])
        if solved is not None:
            _collect(solved, ends)
    except (Unknown, ZeroDivisionError):
        return []
    return [end for _, end in ends]


def same_reals(one: Node, other: Node) -> bool:
    """Whether two such sets hold the same numbers. Raises Unknown."""
    ends: list[tuple[float, Node]] = []
    for node in (one, other):
        if sum(1 for _ in nodes(node)) > 10 * MAX_PIECES:
            raise Unknown("too many intervals")
        _collect(node, ends)
    ends.sort(key=lambda end: end[0])
    rank: dict[Node, int] = {}
    last: tuple[float, Node] | None = None
    count = 0
    for value, node in ends:
        if last is None or not (abs(value - last[0]) <= 1e-9 * (1 + abs(value)) and same_number(node, last[1])[0]):
            count += 1
            last = (value, node)
        rank[node] = count
    return _cells(one, rank, count) == _cells(other, rank, count)


def _collect(node: Node, ends: list[tuple[float, Node]]) -> None:
    if node.kind in ("union", "inter", "minus"):
        for arg in node.args:
            _collect(arg, ends)
        return
    for end in node.args:
        if not _infinite(end):
            ends.append((_real(end), end))


def _infinite(node: Node) -> int:
    if node == INFINITY:
        return 1
    return -1 if node.kind == "neg" and node.args[0] == INFINITY else 0


def _real(node: Node) -> float:
    try:
        return float(exact(node))
    except Unknown:
        value: complex = walk(node, Double(), {})
        if abs(value.imag) > 1e-9 * (1 + abs(value)):
            raise Unknown("an end that is not real") from None
        return value.real


def _cells(node: Node, rank: dict[Node, int], count: int) -> int:
    """The set as bits: an odd bit 2·rank - 1 is an end itself, an even one what lies between two ends."""
    if node.kind in ("union", "inter", "minus"):
        first, *others = (_cells(arg, rank, count) for arg in node.args)
        for other in others:
            first = first | other if node.kind == "union" else first & other if node.kind == "inter" else first & ~other
        return first
    if node.kind == "set":
        return functools.reduce(int.__or__, (1 << 2 * rank[end] - 1 for end in node.args), 0)
    low, high = node.args
    start = (
        2 * rank[low] - 1 + (node.value[0] == "(") if not _infinite(low) else 0 if _infinite(low) < 0 else 2 * count + 1
    )
    stop = (
        2 * rank[high] - 1 - (node.value[1] == ")") if not _infinite(high) else 2 * count if _infinite(high) > 0 else -1
    )
    return ((1 << stop + 1) - 1) >> start << start if stop >= start else 0
