"""Values and quantities: units, percent, angles, rounding, infinity, the constant of integration."""

from __future__ import annotations

from fractions import Fraction

from .evaluate import walk
from .functions import constant, points, same_function
from .precise import precise
from .said import Said, kind_of
from .tree import VALUES, Node, negative, nodes, number, symbols
from .units import Unit
from .values import agree, double_value, exactly

_HALF_TURN = number(180)
_PI = Node("const", (), "pi")


def compare_quantities(have: Node, want: Node) -> Said:
    """A missing unit is taken from the other side, a present one must agree; conversion counts."""
    if have.kind in VALUES and want.kind == "quantity" and want.value.letters and symbols(have):
        return compare_values(have, _spelled_out(want))
    if want.kind in VALUES and have.kind == "quantity" and have.value.letters and symbols(want):
        return compare_values(_spelled_out(have), want)
    if {have.kind, want.kind} - VALUES - {"quantity"}:
        return Said(False, "exact", f"{kind_of(have)} is not {kind_of(want)}")
    mine, value = _unit(have)
    theirs, wanted = _unit(want)
    if theirs is None or mine is None:
        unit = mine or theirs
        if unit is not None and unit.bases == (("%", 1),):
            return _percent(mine, value, wanted)
        if unit is not None and unit.bases == (("°", 1),):
            bare = value if mine is None else wanted
            if any(node == _PI for node in nodes(bare)):
                turned = Node("div", (Node("mul", (bare, _HALF_TURN)), _PI))
                return compare_values(turned if mine is None else value, wanted if mine is None else turned)
        return compare_values(value, wanted)
    if mine.bases != theirs.bases:
        angles = {"°": Node("div", (_PI, _HALF_TURN)), "rad": number(1)}
        if len(mine.bases) == len(theirs.bases) == 1 and mine.bases[0][0] in angles and theirs.bases[0][0] in angles:
            sides = [
                Node("mul", (part, angles[unit.bases[0][0]], number(unit.factor)))
                for part, unit in ((value, mine), (wanted, theirs))
            ]
            return compare_values(*sides)
        if {mine.bases, theirs.bases} <= {(("°", 1),), (("celsius", 1),), (("fahrenheit", 1),)} and (("°", 1),) in (
            mine.bases,
            theirs.bases,
        ):
            return compare_values(value, wanted)
        return Said(False, "exact", "another unit")
    if mine.factor == theirs.factor:
        return compare_values(value, wanted)
    return compare_values(Node("mul", (value, number(mine.factor / theirs.factor))), wanted)


def _spelled_out(node: Node) -> Node:
    return Node("mul", (node.args[0], *(Node("sym", (), letter) for letter in node.value.letters)))


def _unit(node: Node) -> tuple[Unit | None, Node]:
    return (node.value, node.args[0]) if node.kind == "quantity" else (None, node)


def _percent(mine: Unit | None, value: Node, wanted: Node) -> Said:
    """50% may be answered as 50, 0.5 or 1/2; a bare ground truth takes the sign."""
    said = compare_values(value, wanted)
    if said.equal:
        return said
    if mine is None:
        return compare_values(Node("mul", (value, number(100))), wanted)
    small = exactly(wanted)  # 1 may be answered as 100%, but 76 not as 7600%
    if small is not None and abs(small) > 1:
        return said
    return compare_values(Node("div", (value, number(100))), wanted)


def compare_values(have: Node, want: Node) -> Said:
    """Numbers and functions."""
    infinite = [_infinity(node) for node in (have, want)]
    if any(infinite):
        return Said(infinite[0] == infinite[1], "exact", "infinity")
    have, want = _constant_renamed(have, want)
    if symbols(have) != symbols(want) and not (symbols(have) and symbols(want)):
        bare, varied = (want, have) if symbols(have) else (have, want)
        if bare.kind in ("num", "decimal", "neg", "const") and not _constant(varied):
            return Said(False, "exact", "a variable on one side alone")
    same, proof = same_function(have, want)
    if same or _up_to_a_constant(have, want):
        return Said(True, proof, "equal")
    decimal, sign = (want.args[0], -1) if want.kind == "neg" else (want, 1)
    if decimal.kind == "decimal" and not symbols(have) and rounds_to(have, decimal, sign):
        return Said(True, "numeric", "rounds to the last digit of the ground truth")
    return Said(False, proof, "another value")


def _up_to_a_constant(have: Node, want: Node) -> bool:
    """sin²x + C and -cos²x + C: the constant of integration takes in every other."""
    free = [Node("sym", (), letter) for letter in "CKck"]
    if have.kind != "add" or want.kind != "add":
        return False
    common = [symbol for symbol in free if all(sum(n == symbol for n in nodes(node)) == 1 for node in (have, want))]
    if not any(symbol in have.args and symbol in want.args for symbol in common):
        return False
    return constant(Node("add", (have, negative(want))))


def _constant(node: Node) -> bool:
    try:
        names = sorted(symbols(node))
        one, other = ({k: complex(v) for k, v in p.items()} for p in points(names, 5)[1:3])
        return agree(double_value(node, one), double_value(node, other))
    except (ArithmeticError, ValueError, TypeError):
        return True


def _infinity(node: Node) -> int:
    if node.kind == "neg":
        return -_infinity(node.args[0])
    return int(node == Node("const", (), "infinity"))


def rounds_to(value: Node, decimal: Node, sign: int) -> bool:
    """Whether an exact or longer value rounds to the decimal that the ground truth writes.

    One significant digit is no rounding: 0.0999 is not 0.1.
    """
    written, places, digits = decimal.value
    bare = value.args[0] if value.kind == "neg" else value
    if digits < 2 or (bare.kind == "decimal" and bare.value.places <= places) or places > 100:
        return False
    known = exactly(value)
    if known is None:
        digits = max(60, 3 * places)
        field = precise(digits)
        number_ = walk(value, field, {})
        if field.peak > field.mp.mpf(10) ** (0.6 * digits - places - 3):  # more cancelled than can be seen
            return False
        if abs(field.mp.im(number_)) > field.mp.mpf(10) ** (-places - 5):
            return False
        real = field.mp.re(number_)
        if real and field.mp.mag(real) > 400:  # beyond any decimal that is written out
            return False
        known = Fraction(int(field.mp.nint(real * 10 ** (places + 10))), 10 ** (places + 10))
    half = Fraction(1, 2 * 10**places)
    away = abs(known) - written
    return bool(known * sign * written > 0 and -half <= away < half)


def _constant_renamed(have: Node, want: Node) -> tuple[Node, Node]:
    """x² + C and x² + K: the constant of integration may be any letter."""
    mine, theirs = symbols(have) - symbols(want), symbols(want) - symbols(have)
    if len(mine) == len(theirs) == 1 and have.kind == want.kind == "add":
        (name,), (wanted_name,) = mine, theirs
        free, wanted_free = Node("sym", (), name), Node("sym", (), wanted_name)
        alone = [
            sum(n == symbol for n in nodes(node)) == 1 and symbol in node.args
            for node, symbol in ((have, free), (want, wanted_free))
        ]
        if (
            all(alone)
            and len(name[0] + wanted_name[0]) == 2
            and (
                {name[0], wanted_name[0]} <= set("CKck")
                or (name.isupper() and wanted_name.isupper() and {name, wanted_name} & set("CK"))
            )
        ):
            return have._replace(args=tuple(wanted_free if arg == free else arg for arg in have.args)), want
    return have, want
