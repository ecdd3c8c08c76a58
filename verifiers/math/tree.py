"""What an answer is once it has been read: a small tree."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One piece of an answer. The kinds, with what `args` and `value` hold:

    values       num (value: Fraction), decimal (value: Decimal), sym (value: its name, also that of f(2)),
                 const (value: pi, e, i, infinity), neg, add, mul, div, pow, call (value: function), degrees,
                 pm (args[0] plus or minus), big (value: sum, prod, int, lim; see calculus.py),
                 diff (args: variable, body), dots (1 + 2 + ... + n: args are the terms)
    structures   tuple (value: brackets), set, list, matrix (value: rows × columns), union, inter, minus,
                 builder (args: the variable, the condition), reals (value: a set of numbers by name)
    statements   rel (value: operators, args: what stands between them), named (args: name, value)
    quantities   quantity (args[0], value: Unit), ratio, time (value: hour, minute, half), based (value: digits, base),
                 residue (args: residue, modulus)
    words        text (value), special (value: undefined, none …)
    """

    kind: str
    args: tuple[Node, ...] = ()
    value: Any = None


class Decimal(NamedTuple):
    """A number as it was written with a decimal point."""

    number: Fraction
    places: int
    digits: int


class Unreadable(ValueError):
    """The text is no answer that we know how to read; the message says where. All that reads tokens raises it."""


INFINITY = Node("const", (), "infinity")
ZERO, ONE = Node("num", (), Fraction(0)), Node("num", (), Fraction(1))
VALUES = frozenset(
    [
        "num",
        "decimal",
        "sym",
        "const",
        "neg",
        "add",
        "mul",
        "div",
        "pow",
        "call",
        "degrees",
        "big",
        "dots",
        "diff",
    ]
)


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(top.args)


def levels(node: Node) -> int:
    """How deep the tree is."""
    deep, row = 0, [node]
    while row:
        deep, row = deep + 1, [arg for one in row for arg in one.args]
    return deep


def symbols(node: Node) -> frozenset[str]:
    """The free variables."""
    found = {n.value for n in nodes(node) if n.kind == "sym"}
    bound = {n.args[0].value for n in nodes(node) if n.kind in ("big", "builder") and n.args[0].kind == "sym"}
    return frozenset(found - bound)


def replace_symbol(node: Node, name: str, by: Node) -> Node:
    """The same with another node in a variable's place."""
    if node.kind == "sym" and node.value == name:
        return by
    if not node.args:
        return node
    if node.kind in ("big", "diff", "builder") and node.args[0].value == name:
        bound = {"big": (0, 3), "diff": (0, 1), "builder": (0, 1)}[node.kind]  # these speak of another x
        args = enumerate(node.args)
        return node._replace(args=tuple(arg if i in bound else replace_symbol(arg, name, by) for i, arg in args))
    return node._replace(args=tuple(replace_symbol(arg, name, by) for arg in node.args))


def negative(node: Node) -> Node:
    """Minus the node."""
    return node.args[0] if node.kind == "neg" else Node("neg", (node,))


def number(value: int | Fraction) -> Node:
    """An exact number."""
    return Node("num", (), Fraction(value))
