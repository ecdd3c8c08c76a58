"""Do two answers name the same value? By their kinds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from .answer import is_name, read
from .evaluate import TooBig, Unknown
from .notations import based, ratios, residues, times
from .quantities import compare_quantities, compare_values, rounds_to
from .relations import as_sets, equations, inequalities
from .said import Said, kind_of
from .tree import VALUES, Node, nodes, number, symbols
from .values import exactly

_NUMBERLESS = {"sym", "add", "mul", "neg", "div", "call"}
"""What a left side is made of that only names what stands behind the sign: a + b, |z|, cos θ."""
_POINT = re.compile(r"[A-Z]'?(\(.*,.*\))")
_UNIT_VECTORS = ("unit i", "unit j", "unit k")
MAX_PAIRS = 400


def compare(have: Node, want: Node) -> Said:
    """The answer against the ground truth, by their kinds. Raises Unknown."""
    have, want = settled(have, want), settled(want, have)
    if have == want:
        return Said(True, "exact", "equal")
    if "member" in (have.kind, want.kind):
        return _members(have, want)
    if have.kind == "special" or want.kind == "special":
        return Said(have == want, "exact", "what has no value is compared by its meaning")
    if have.kind == "text" or want.kind == "text":
        return Said(have == want, "exact", "words are compared as words")
    if "named" in (have.kind, want.kind):
        return _named(have, want)
    if have.kind == "about" or want.kind == "about":
        return Said(False, "exact", "an approximation of something else")
    if have.kind == "time" and want.kind == "ratio" and not have.value[2]:
        have = Node("ratio", tuple(map(number, have.value[:2])))
    for kind, rule in (("time", times), ("based", based), ("ratio", ratios)):
        if kind in (have.kind, want.kind):
            return rule(have, want)
    if "residue" in (have.kind, want.kind):
        return residues(have, want, _one_by_one)
    if have.kind == want.kind == "rel" and ("=" in have.value or "=" in want.value):
        return equations(have, want, _one_by_one)
    sets = as_sets(have, want, _any_order)
    if sets is not None:
        return sets
    if have.kind == want.kind == "rel":
        return inequalities(have, want, _one_by_one)
    vector, other = (have, want) if have.kind in ("tuple", "matrix") else (want, have)
    if vector.kind in ("tuple", "matrix") and other.kind in VALUES and symbols(other) & set(_UNIT_VECTORS):
        return compare_values(*(_in_unit_vectors(node) if node is vector else node for node in (have, want)))
    if "matrix" in (have.kind, want.kind):
        return _matrices(have, want)
    if have.kind == "tuple" and want.kind == "tuple":
        if have.value != want.value:
            return Said(False, "exact", f"brackets {have.value} are not {want.value}")
        return _one_by_one(have.args, want.args)
    if {have.kind, want.kind} == {"list", "tuple"} and (both := _coordinates(have, want)):
        return _one_by_one(*both)
    if have.kind in ("list", "set") and want.kind in ("list", "set"):
        if have.value != want.value and None not in (have.value, want.value):
            return Said(False, "exact", "and is not or")
        return _any_order(have.args, want.args, "set" in (have.kind, want.kind))
    if "quantity" in (have.kind, want.kind):
        return compare_quantities(have, want)
    if have.kind in VALUES and want.kind in VALUES:
        return compare_values(have, want)
    if have.kind == want.kind == "reals":
        return Said(have.value == want.value, "exact", "sets of numbers by name")
    if have.kind == want.kind and have.args and len(have.args) == len(want.args) and have.value == want.value:
        return _one_by_one(have.args, want.args)
    return Said(False, "exact", f"{kind_of(have)} is not {kind_of(want)}")


def _members(have: Node, want: Node) -> Said:
    """x ∈ (0, 1): the set, and the variable where the other side has one too."""
    names = [symbols(node.args[0]) if node.kind == "member" else symbols(node) for node in (have, want)]
    if all(names) and names[0] != names[1]:
        return Said(False, "exact", "another variable")
    return compare(*(node.args[1] if node.kind == "member" else node for node in (have, want)))


def _coordinates(have: Node, want: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]] | None:
    """x = 2, y = 3 beside (2, 3): the values in the order of their names, which follow one another."""
    sides = []
    for node in (have, want):
        if node.kind == "tuple" and node.value != "()":
            return None
        if node.kind == "list":
            if any(part.kind != "named" or part.args[0].kind != "sym" for part in node.args):
                return None
            parts = sorted(node.args, key=lambda part: str(part.args[0].value))
            names = [part.args[0].value for part in parts]
            if any(len(name) != 1 for name in names) or any(
                ord(after) - ord(name) != 1 for name, after in itertools.pairwise(names)
            ):
                return None
            sides.append(tuple(part.args[1] for part in parts))
        else:
            sides.append(node.args)
    return sides[0], sides[1]


def _in_unit_vectors(vector: Node) -> Node:
    """(1, 2) as 1 i + 2 j."""
    pairs = zip(vector.args, _UNIT_VECTORS, strict=False)
    return Node("add", tuple(Node("mul", (part, Node("sym", (), name))) for part, name in pairs))


def settled(node: Node, other: Node) -> Node:
    """Without what adds nothing to its value: 1 + 2 = 3 is 3, a name in front of a ratio goes, 2√3 ≈ 3.46 is 2√3."""
    if node.kind == "chain":
        name, last, *middle = node.args
        if all(_surely(part, last) for part in middle):
            node = Node("named", (name, last)) if is_name(name) else last
        elif is_name(name) and all(symbols(part) for part in middle) and not symbols(last):
            node = Node("named", (name, last))  # A = πr² = 9π
        else:
            return Node("special", (), "a chain that does not hold")
    if node.kind == "sym" and other.kind == "tuple" and (point := _POINT.fullmatch(node.value)):
        return read(point[1])
    if node.kind == "rel" and node.value == ("=",):
        left, right = node.args
        if not symbols(left) and not symbols(right) and left.kind in VALUES and _surely(left, right):
            return right
    if node.kind == "rel" and node.value == ("=",) and other.kind not in ("rel", "named", "list"):
        left, right = node.args
        names = [n.value for n in nodes(left) if n.kind == "sym"]  # x + x = 10 is an equation
        if names and len(names) == len(set(names)) and not symbols(right) and _kinds(left) <= _NUMBERLESS:
            return right  # a + b = 12 answers 12
    if node.kind == "residue" and other.kind != "residue":
        value, modulus = (exactly(arg) for arg in node.args)
        if value is not None and modulus and (node.value == "bmod" or (node.value == "mod" and value >= modulus)):
            return number(value % modulus)
    if node.kind == "about":
        exact_value, rounded = node.args
        if exact_value.kind == "named":
            return settled(Node("about", (exact_value.args[1], rounded)), other)
        if is_name(exact_value):
            return Node("named", (exact_value, rounded))
        if rounded.kind == "decimal" and exact_value.kind in VALUES and rounds_to(exact_value, rounded, 1):
            return exact_value
        measured = rounded.kind == "quantity" and exact_value.kind in VALUES and rounded.args[0].kind == "decimal"
        if measured and rounds_to(exact_value, rounded.args[0], 1):
            return rounded._replace(args=(exact_value,))
    return node


def _kinds(node: Node) -> set[str]:
    return {n.kind for n in nodes(node)}


def _surely(one: Node, other: Node) -> bool:
    try:
        return compare(one, other).equal is True
    except (ArithmeticError, ValueError):
        return False


def _named(have: Node, want: Node) -> Said:
    """x = 3: the name counts where the other side has one too."""
    if have.kind == want.kind == "named":
        name, wanted_name = have.args[0], want.args[0]
        if name == wanted_name:
            return compare(have.args[1], want.args[1])
        if name.kind == wanted_name.kind == "sym":
            return equations(_as_relation(have), _as_relation(want), _one_by_one)
        return Said(False, "exact", "the two name different things")
    if have.kind == "named":
        name, value = have.args
        if want.kind == "rel":
            return (
                equations(_as_relation(have), want, _one_by_one)
                if "=" in want.value
                else Said(False, "exact", "an equation is no inequality")
            )
        if want.kind == "list" and name.kind == "tuple" and value.kind == "tuple":
            return compare(Node("list", _assignments(name, value)), want)
        if symbols(name) & symbols(want) and name.kind == "sym":
            return Said(False, "exact", "the answer is about the variable itself")
        return compare(value, want)
    name, value = want.args
    if have.kind == "rel":
        return (
            equations(have, _as_relation(want), _one_by_one)
            if "=" in have.value
            else Said(False, "exact", "an inequality is no equation")
        )
    if have.kind == "list" and name.kind == "tuple" and value.kind == "tuple":
        return compare(have, Node("list", _assignments(name, value)))
    if have.kind == "list" and value.kind != "list":
        return Said(False, "exact", "several answers where the ground truth is one")
    return compare(have, value)


def _assignments(name: Node, value: Node) -> tuple[Node, ...]:
    return tuple(Node("named", pair) for pair in zip(name.args, value.args, strict=False))


def _as_relation(node: Node) -> Node:
    return Node("rel", node.args, ("=",)) if node.kind == "named" else node


def _matrices(have: Node, want: Node) -> Said:
    if have.kind == want.kind:
        if have.value != want.value:
            return Said(False, "exact", f"a matrix of {have.value} is not one of {want.value}")
        return _one_by_one(have.args, want.args)
    matrix, other = (have, want) if have.kind == "matrix" else (want, have)
    if other.kind == "tuple" and other.value in ("()", "[]") and 1 in matrix.value:
        return _one_by_one(have.args, want.args)
    return Said(False, "exact", f"{kind_of(have)} is not {kind_of(want)}")


def _one_by_one(have: Sequence[Node], want: Sequence[Node]) -> Said:
    if len(have) != len(want):
        return Said(False, "exact", f"{len(have)} parts where the ground truth has {len(want)}")
    proof, doubt = "exact", ""
    known: dict[tuple[Node, Node], Said] = {}
    for pair in zip(have, want, strict=True):
        said = known.get(pair) or _part(*pair)
        known[pair] = said
        if said.equal is False:
            return Said(False, said.proof, f"a part differs: {said.why}")
        if said.equal is None:
            doubt = said.why
        proof = said.proof if said.proof != "exact" else proof
    return Said(None, proof, doubt) if doubt else Said(True, proof, "all parts are equal")


def _part(have: Node, want: Node) -> Said:
    try:
        return compare(have, want)
    except TooBig:
        raise
    except Unknown as error:
        return Said(None, "exact", str(error))


def _any_order(have: Sequence[Node], want: Sequence[Node], repeats: bool) -> Said:
    """Each has its like on the other side; a list has as many as the other."""
    if not repeats and len(have) != len(want):
        return Said(False, "exact", f"{len(have)} answers where the ground truth has {len(want)}")
    if not have or not want:
        return Said(len(have) == len(want), "exact", "the empty set")
    if repeats and (len(have) > 4 * len(want) + 4):
        return Said(False, "exact", "many more elements than the ground truth has")
    keys = [_rational_key(node) for node in (*have, *want)]
    known = [key for key in keys if key is not None]
    if len(known) == len(keys):
        mine, theirs = sorted(known[: len(have)]), sorted(known[len(have) :])
        same = (set(mine) == set(theirs)) if repeats else (mine == theirs)
        if same:
            return Said(True, "exact", "the same elements")
    if len(have) * len(want) > MAX_PAIRS:
        if len(known) == len(keys) and not any(node.kind == "decimal" for node in want):
            return Said(False, "exact", "other elements")
        raise Unknown(f"more than {MAX_PAIRS} pairs of elements")
    free = list(range(len(want)))
    matched: set[int] = set()
    proof, doubt = "exact", ""
    for item in have:
        place = None
        for i in [*free, *(matched if repeats else ())]:
            said = _part(item, want[i])
            if said.equal:
                place = i
                proof = said.proof if said.proof != "exact" else proof
                break
            if said.equal is None:
                doubt = said.why
        if place is None:
            return (
                Said(None, "exact", doubt)
                if doubt
                else Said(False, "exact", "an element that the ground truth has not")
            )
        matched.add(place)
        if place in free:
            free.remove(place)
    for i in free:
        if not repeats or not any(_part(item, want[i]).equal for item in have):
            return Said(False, "exact", "an element is missing")
    return Said(True, proof, "the same elements")


def _rational_key(node: Node) -> Fraction | None:
    return exactly(node) if node.kind in VALUES and not symbols(node) else None
