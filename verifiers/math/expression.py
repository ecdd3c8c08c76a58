"""One expression, its signs ± and its matrices spread out."""

from __future__ import annotations

from collections.abc import Sequence

from .parse import Reader
from .tokens import Token
from .tree import Node, Unreadable, negative, nodes


def expression(tokens: Sequence[Token], depth: int) -> Node:
    """One expression; with a sign ± in it, the list of what it stands for."""
    reader = Reader(tokens, depth)
    value = reader.whole()
    value = spread(value) if reader.signs else value
    if value.kind in ("mul", "div", "add", "neg") and any(node.kind in ("matrix", "tuple") for node in nodes(value)):
        return entrywise(value)
    return value


def spread(value: Node) -> Node:
    """±a as a, -a; signs ∓ go against the first ±, several ± go their own ways."""
    signs = [node for node in nodes(value) if node.kind == "pm"]
    if len(signs) > 4:
        raise Unreadable("more than four signs ±")
    together = any(node.value < 0 for node in signs)
    results: list[Node] = []
    for choice in range(2 if together else 2 ** len(signs)):
        counter = [0]

        def pick(node: Node, choice: int = choice, counter: list[int] = counter) -> Node:
            if node.kind == "pm":
                place, counter[0] = counter[0], counter[0] + 1
                bit = choice if together else choice >> place & 1
                inner = pick(node.args[0])
                return negative(inner) if (bit == 0) != (node.value > 0) else inner
            if not node.args:
                return node
            return node._replace(args=tuple(pick(arg) for arg in node.args))

        result = pick(value)
        if result not in results:
            results.append(result)
    return Node("list", tuple(results)) if len(results) > 1 else results[0]


def entrywise(node: Node) -> Node:
    """Sums and multiples of matrices or tuples, entry by entry."""
    if node.kind == "neg":
        inner = entrywise(node.args[0])
        return (
            inner._replace(args=tuple(map(negative, inner.args)))
            if inner.kind in ("matrix", "tuple")
            else negative(inner)
        )
    if node.kind not in ("mul", "div", "add"):
        return node
    parts = [entrywise(arg) for arg in node.args]
    shaped = [part for part in parts if part.kind in ("matrix", "tuple")]
    if not shaped:
        return node
    if node.kind == "add":
        if len(shaped) < len(parts) or len({(part.kind, part.value, len(part.args)) for part in parts}) > 1:
            raise Unreadable("a sum of different shapes")
        columns = zip(*(part.args for part in parts), strict=True)
        return shaped[0]._replace(args=tuple(Node("add", entries) for entries in columns))
    if len(shaped) > 1 or (node.kind == "div" and parts[0] is not shaped[0]):
        raise Unreadable("a product of matrices")
    place = parts.index(shaped[0])
    return shaped[0]._replace(
        args=tuple(node._replace(args=(*parts[:place], entry, *parts[place + 1 :])) for entry in shaped[0].args)
    )
