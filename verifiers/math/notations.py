"""Clock times, numbers in a base, residue classes and ratios."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .functions import same_function
from .quantities import compare_values
from .said import Said, kind_of
from .tree import VALUES, Node
from .values import exactly


def times(have: Node, want: Node) -> Said:
    if have.kind != want.kind:
        return Said(False, "exact", "a clock time is a time")
    (hour, minute, half), (wanted_hour, wanted_minute, wanted_half) = have.value, want.value
    if half and wanted_half:
        return Said(have.value == want.value, "exact", "clock times")
    if (half == "pm" and wanted_hour > 12) or (wanted_half == "pm" and hour > 12):  # 15:45 is 3:45 pm
        hour, wanted_hour = hour % 12, wanted_hour % 12
    return Said((hour, minute) == (wanted_hour, wanted_minute), "exact", "clock times")


def based(have: Node, want: Node) -> Said:
    if have.kind != want.kind:
        return Said(False, "exact", "a base is written on one side alone")
    return Said(have.value[0] == want.value[0], "exact", "numbers in their bases")


def residues(have: Node, want: Node, one_by_one: Callable[[Sequence[Node], Sequence[Node]], Said]) -> Said:
    if have.kind != want.kind:
        return Said(False, "exact", "a modulus is written on one side alone")
    value, modulus, wanted, wanted_modulus = (exactly(node) for node in (*have.args, *want.args))
    if None in (value, modulus, wanted, wanted_modulus) or not wanted_modulus:
        return one_by_one(have.args, want.args)
    same = modulus == wanted_modulus and (value - wanted) % modulus == 0
    return Said(same, "exact", "residue classes")


def ratios(have: Node, want: Node) -> Said:
    if have.kind == want.kind:
        if len(have.args) != len(want.args):
            return Said(False, "exact", "ratios of other lengths")
        if all(exactly(part) == 0 for part in have.args):
            return Said(False, "exact", "a ratio of zeros")
        for i in range(1, len(have.args)):
            left = Node("mul", (have.args[0], want.args[i]))
            right = Node("mul", (have.args[i], want.args[0]))
            if not same_function(left, right)[0]:
                return Said(False, "exact", "another ratio")
        return Said(True, "exact", "proportional")
    ratio, other = (have, want) if have.kind == "ratio" else (want, have)
    if len(ratio.args) == 2 and other.kind in VALUES:
        return compare_values(Node("div", ratio.args), other)
    return Said(False, "exact", f"{kind_of(have)} is not {kind_of(want)}")
