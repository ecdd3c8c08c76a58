"""Equations, inequalities and sets of reals: the same up to a factor, or the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from .evaluate import TooBig, Unknown
from .functions import proportional, same_function
from .reals import TURNED, as_reals, holds, same_reals, solved_ends
from .said import Said
from .tree import VALUES, ZERO, Node, negative, nodes, number, replace_symbol, symbols
from .values import height

ByParts = Callable[[Sequence[Node], Sequence[Node]], Said]
InAnyOrder = Callable[[Sequence[Node], Sequence[Node], bool], Said]
MAX_DIGITS = 40
"""Of all whole numbers in an inequality with functions in it."""
_STEP = Fraction(1, 10**12)


def equations(have: Node, want: Node, one_by_one: ByParts) -> Said:
    """Equal up to a constant factor and rearrangement."""
    if have.value != ("=",) or want.value != ("=",):
        if {"="} == set(have.value) & set(want.value) and len(have.args) == len(want.args) > 2:
            return one_by_one(have.args, want.args)
        return Said(False, "exact", "an equation is no inequality")
    sides = []
    for node in (have, want):
        left, right = node.args
        if {left.kind, right.kind} - VALUES:
            return one_by_one(have.args, want.args)
        sides.append(Node("add", (left, negative(right))))
    for node, name in zip(sides, ("answer", "ground truth"), strict=True):
        if not symbols(node) or _vanishes(node):
            return Said(False, "exact", f"the {name} says nothing of a variable")
    if symbols(sides[0]) != symbols(sides[1]):
        return Said(False, "exact", "other variables")
    if proportional(*sides)[0]:
        return Said(True, "numeric", "the same equation up to a constant factor")
    if any(_cleared(*pair) for pair in (sides, sides[::-1])):
        return Said(True, "numeric", "the same equation without its denominator")
    return Said(False, "exact", "another equation")


def _cleared(fraction: Node, other: Node) -> bool:
    """y - 6/x against xy - 6: times a variable, whose root is none of the other's."""
    if not any(
        (n.kind == "div" and symbols(n.args[1])) or (n.kind == "pow" and n.args[1].kind == "neg")
        for n in nodes(fraction)
    ):
        return False
    for name in symbols(other):
        if not _vanishes(replace_symbol(other, name, ZERO)):
            try:
                if proportional(Node("mul", (fraction, Node("sym", (), name))), other)[0]:
                    return True
            except Unknown:
                continue
    return False


def _vanishes(node: Node) -> bool:
    try:
        return same_function(node, number(0))[0]
    except (ArithmeticError, ValueError):
        return False


def inequalities(have: Node, want: Node, one_by_one: ByParts) -> Said:
    """In several variables: the same up to a factor, whose sign turns the relation round."""
    if len(have.value) != 1 or len(want.value) != 1:
        if have.value == want.value:
            return one_by_one(have.args, want.args)
        turned = tuple(TURNED[mark] for mark in reversed(have.value))
        if turned == want.value:
            return one_by_one(have.args[::-1], want.args)
        return Said(False, "exact", "another chain of inequalities")
    sides = [Node("add", (node.args[0], negative(node.args[1]))) for node in (have, want)]
    same, sign = proportional(*sides)
    if not same:
        return Said(False, "exact", "another inequality")
    mark = have.value[0] if sign > 0 else TURNED[have.value[0]]
    return Said(
        mark == want.value[0],
        "numeric",
        "the same inequality up to a factor" if mark == want.value[0] else "turned round",
    )


def as_sets(have: Node, want: Node, any_order: InAnyOrder) -> Said | None:
    """Sets of reals, where one of the two can be nothing else."""
    only = {"union", "inter", "minus", "builder", "rel", "reals"}
    if not {have.kind, want.kind} & only:
        return None
    if not {have.kind, want.kind} <= only | {"tuple", "set"}:
        return None
    if any(n.kind in ("big", "diff", "dots") for node in (have, want) for n in nodes(node)):
        raise Unknown("inequalities of sums or integrals")
    if any(n.kind == "call" for node in (have, want) for n in nodes(node)) and height(have) + height(want) > MAX_DIGITS:
        raise Unknown("inequalities of long numbers under roots")
    variable: list[str] = []
    try:
        one = as_reals(have, variable)
        names = set(variable)
        variable = []
        other = as_reals(want, variable)
    except TooBig:
        raise
    except (Unknown, ZeroDivisionError):
        return _sampled_truth(have, want)
    if one is None or other is None:
        if have.kind in ("union", "inter") and want.kind == have.kind and len(have.args) == len(want.args):
            return any_order(have.args, want.args, False)
        return None
    if names and variable and names != set(variable):
        return Said(False, "exact", "inequalities in other variables")
    same = same_reals(one, other)
    return Said(same, "exact", "the same set of numbers" if same else "another set of numbers")


def _sampled_truth(have: Node, want: Node) -> Said | None:
    """Sets of which one is out of reach, by whether numbers belong to them: the other's ends among these."""
    names = symbols(have) | symbols(want)
    if len(names) != 1:
        return None
    (name,) = names
    ends = [end for node in (have, want) for end in solved_ends(node)]
    near = [Node("add", (end, number(step))) for end in ends for step in (0, _STEP, -_STEP)]
    for place in [*near, *(number(Fraction(n, 4) + Fraction(1, 97)) for n in range(-60, 61, 5))]:
        if holds(have, name, place) != holds(want, name, place):
            return Said(False, "numeric", "a number that belongs to one of the two alone")
    if not ends:
        raise Unknown("inequalities that we do not solve")
    return Said(True, "numeric", "the same numbers wherever looked at")
