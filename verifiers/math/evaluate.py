"""What an expression comes to, in whatever arithmetic: exact, modular, double or precise."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .tree import INFINITY, Node, number, replace_symbol

_I = Node("const", (), "i")
MAX_TERMS = 500  # of a sum or a product


class Unknown(ArithmeticError):
    """This kind of arithmetic does not reach so far."""


class NoValue(Unknown):
    """There is no such number, whatever the arithmetic: the logarithm of 0."""


class TooBig(Unknown):
    """It is more work than we do."""


def walk(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """The node's value in a field, with the variables from env. Raises Unknown, ZeroDivisionError or OverflowError."""
    kind = node.kind
    if kind == "num":
        return field.number(node.value)
    if kind == "decimal":
        return field.number(node.value.number)
    if kind == "sym":
        if node.value not in env:
            raise Unknown(f"the variable {node.value}")
        return env[node.value]
    if kind == "const":
        return field.constant(node.value)
    if kind == "call":
        if node.value == "det":
            return determinant(node.args[0], field, env)
        return field.call(node.value, [walk(arg, field, env) for arg in node.args])
    if kind == "neg":
        return field.seen(-walk(node.args[0], field, env))
    if kind == "add":
        total = walk(node.args[0], field, env)
        for arg in node.args[1:]:
            total = field.seen(total + walk(arg, field, env))
        return total
    if kind == "mul":
        product = walk(node.args[0], field, env)
        for arg in node.args[1:]:
            product = field.seen(product * walk(arg, field, env))
        return product
    if kind == "div":
        return field.seen(field.divide(walk(node.args[0], field, env), walk(node.args[1], field, env)))
    if kind == "pow":
        base, exponent = node.args
        if base == _I and exponent.kind == "num" and exponent.value.denominator == 1:
            exponent = number(exponent.value % 4)
            return field.constant("i") ** int(exponent.value) if exponent.value else field.number(Fraction(1))
        return field.seen(field.power(walk(base, field, env), exponent, env, base))
    if kind == "degrees":
        return field.seen(walk(node.args[0], field, env) * field.constant("pi") * field.number(Fraction(1, 180)))
    if kind == "big":
        return big(node, field, env)
    if kind == "diff":
        return field.derivative(node, env)
    if kind == "dots":
        return dots(node, field, env)
    raise Unknown(f"a {kind} is no number")


def big(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """A sum or product from index to index; integrals and limits only where the field can."""
    variable, low, high, body = node.args
    if node.value in ("int", "lim"):
        return field.analysis(node, env)
    first = field.whole(walk(low, field, env))
    if high == INFINITY:
        return field.series(node, first, env)
    last = field.whole(walk(high, field, env))
    field.terms = getattr(field, "terms", 0) + last - first + 1  # of all sums together, those within sums too
    if field.terms > MAX_TERMS:
        raise TooBig(f"more than {MAX_TERMS} terms")
    total = field.number(Fraction(0 if node.value == "sum" else 1))
    for index in range(first, last + 1):
        term = walk(body, field, {**env, variable.value: field.number(Fraction(index))})
        total = field.seen(total + term if node.value == "sum" else total * term)
    return total


def dots(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """1 + 2 + ... + n by its first terms' common difference, else their common ratio."""
    if {arg.kind for arg in node.args} == {"pow"}:
        return _powers(node, field, env)
    plain = all(arg.kind == "num" for arg in node.args[:-1])
    if not plain and len(node.args) < 4:
        raise Unknown("a sum whose rule two terms do not tell")
    terms = [walk(arg, field, env) for arg in node.args]
    first, last = field.exact(terms[0]), field.exact(terms[-1])
    known = [field.exact(term) for term in terms[:-1]]
    if len(known) < 2:
        raise Unknown("a sum whose step is not written")
    step = known[1] - known[0]
    if step and all(b - a == step for a, b in itertools.pairwise(known)):
        count = (last - first) / step + 1
        if count.denominator == 1 and count >= len(known):
            return field.number((first + last) / 2 * count)
    if len(known) > 2 and known[0]:
        ratio = known[1] / known[0]
        if all(b == a * ratio for a, b in itertools.pairwise(known)) and ratio not in (0, 1, -1):
            total, term = Fraction(0), first
            for _ in range(MAX_TERMS):
                total += term
                if term == last:
                    return field.number(total)
                term *= ratio
    raise Unknown("a sum whose terms follow no rule that we know")


def _powers(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """1² + 2² + ... + n², 2¹ + 2² + ... + 2ⁿ: bases, or exponents, with a common difference."""
    same = [len({arg.args[place] for arg in node.args}) == 1 for place in (0, 1)]
    if not any(same):
        raise Unknown("a sum whose terms follow no rule that we know")
    varied = 0 if same[1] else 1
    bases = [field.exact(walk(arg.args[varied], field, env)) for arg in node.args]
    first, last, known = bases[0], bases[-1], bases[:-1]
    if len(known) < 2:
        raise Unknown("a sum whose step is not written")
    step = known[1] - known[0]
    count = (last - first) / step + 1 if step else Fraction(0)
    if any(b - a != step for a, b in itertools.pairwise(known)) or count.denominator != 1 or count < len(known):
        raise Unknown("a sum whose terms follow no rule that we know")
    if count > MAX_TERMS:
        raise TooBig(f"more than {MAX_TERMS} terms")
    base, exponent = node.args[0].args
    steps = [number(first + step * k) for k in range(int(count))]
    terms = [Node("pow", (base, step) if varied else (step, exponent)) for step in steps]
    return walk(Node("add", tuple(terms)), field, env)


def determinant(matrix: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """By the first row: up to 4 × 4."""
    if matrix.kind != "matrix" or matrix.value[0] != matrix.value[1] or matrix.value[0] > 4:
        raise Unknown("a determinant of this shape")
    size = matrix.value[0]
    rows = [[walk(cell, field, env) for cell in matrix.args[size * r : size * (r + 1)]] for r in range(size)]

    def expand(rows: list[list[Any]]) -> Any:
        if len(rows) == 1:
            return rows[0][0]
        total = field.number(Fraction(0))
        for column, cell in enumerate(rows[0]):
            part = cell * expand([row[:column] + row[column + 1 :] for row in rows[1:]])
            total = total + part if column % 2 == 0 else total - part
        return field.seen(total)

    return expand(rows)


def places_near(node: Node, side: int) -> list[Node]:
    """The body of a limit at three places that come closer and closer, as expressions to be evaluated."""
    variable, target, body, _ = node.args
    end = target.args[0] if target.kind == "neg" else target
    if end == INFINITY:  # not at whole places, where sin πx vanishes
        sign = -1 if target.kind == "neg" else 1
        places = [number(sign * (10**k + Fraction(side * 7, 31))) for k in (18, 20, 22)]
    else:
        places = [Node("add", (target, number(Fraction(side, 10**k)))) for k in (18, 20, 22)]
    return [replace_symbol(body, variable.value, place) for place in places]
