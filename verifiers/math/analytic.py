"""Integrals, limits and sums without end, by numbers."""

from __future__ import annotations

from .double import Double
from .evaluate import Unknown, places_near, walk
from .precise import precise
from .tree import INFINITY, ZERO, Node, nodes


def analytic(node: Node) -> bool:
    return any(n.kind == "big" and (n.value in ("int", "lim") or n.args[2] == INFINITY) for n in nodes(node))


def same_analytic(one: Node, other: Node) -> tuple[bool, str]:
    """Integrals by Gauss's rule, limits by coming close, sums without end by extrapolation."""
    (a, a_noise), (b, b_noise) = (_approximate(node) for node in (one, other))
    return abs(a - b) <= 1e-13 * max(abs(a), abs(b)) + a_noise + b_noise, "numeric"


def _approximate(node: Node) -> tuple[complex, float]:
    """The value, and what may be wrong with it beside its last digits."""
    if node.kind == "big" and node.value == "lim":
        return _limit(node)
    if any(n.kind == "big" and n.args[2] == INFINITY for n in nodes(node)):
        return complex(walk(node, precise(25), {})), 1e-17
    if not analytic(node):
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
