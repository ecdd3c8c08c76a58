"""What stands in brackets: groups, tuples, intervals, sets and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .brackets import CLOSERS, split_at
from .tree import Node, Unreadable

if TYPE_CHECKING:
    from .parse import Reader

MAX_ELEMENTS = 400


def group(reader: Reader) -> Node:
    """A LaTeX group. An empty one begins {}_{10}C_3."""
    if reader.is_op("}"):
        reader.at += 1
        if reader.is_op("_"):
            reader.at += 1
            return choose_before(reader)
        return Node("set")  # {} and {1, 2} are sets in plain text
    start = reader.at - 1
    inside = list(reader.tokens[reader.at : reader.ends[start]])
    if len(split_at(inside, {","})) > 1 or (
        any(token.text in ("|", ":") and token.kind == "op" for token in inside)
        and any(t.text in ("<", ">", "<=", ">=", "in", "=") for t in inside)
    ):
        return set_of(reader)
    bars, reader.bars = reader.bars, 0
    inner = reader.value(0)
    reader.bars = bars
    reader.expect("}")
    return inner


def choose_before(reader: Reader) -> Node:
    above, name = reader.operand(), reader.take().text
    if name not in ("C", "P") or not reader.is_op("_"):
        raise Unreadable("a subscript before its symbol")
    reader.at += 1
    below = reader.operand()
    chosen = Node("call", (above, below), "binom")
    return chosen if name == "C" else Node("mul", (chosen, Node("call", (below,), "factorial")))


def bracketed(reader: Reader) -> Node:
    """(x), a tuple, an interval."""
    start = reader.at - 1
    opening = reader.tokens[start].text
    items = reader.items(start)
    closing = reader.take().text
    if not items:
        raise Unreadable("empty brackets")
    if len(items) == 1 and opening in ("(", "[") and closing == CLOSERS[opening]:
        if opening == "[" and items[0].kind == "tuple":
            return _rows(items) or items[0]
        return items[0]
    if len(items) == 1:
        raise Unreadable("one number between two different brackets")
    brackets = "()" if opening == "langle" else opening + closing
    if opening == "[" and (matrix := _rows(items)):
        return matrix
    return Node("tuple", tuple(items), brackets)


def set_of(reader: Reader) -> Node:
    """{1, 2} or {x : x > 0}."""
    from .answer import read_item, read_list  # the two modules are one grammar

    start = reader.at - 1
    end = reader.ends[start]
    inside = list(reader.tokens[start + 1 : end])
    reader.at = end + 1
    if not inside:
        return Node("set")
    parts = split_at(inside, {":", "|"})
    if len(parts) == 2 and parts[0][1] and parts[1][1]:
        head = split_at(parts[0][1], {"in"})
        variable = reader.inner(head[0][1])
        if variable.kind == "sym":
            domain = reader.inner(head[1][1]) if len(head) == 2 else Node("reals", (), "ℝ")
            return Node("builder", (variable, read_list(parts[1][1], reader.depth + 5), domain))
    elements = split_at(inside, {",", ";", "and"})
    if len(elements) > MAX_ELEMENTS:
        raise Unreadable(f"more than {MAX_ELEMENTS} elements of a set")
    items = [read_item(part, reader.depth + 5) for _, part in elements]
    return Node("set", tuple(one for item in items for one in (item.args if item.kind == "list" else (item,))))


def matrix(reader: Reader, name: str) -> Node:
    if not name.endswith("matrix") and name not in ("array", ""):
        raise Unreadable(f"an environment {name!r}")
    start = reader.at - 1
    end = reader.ends[start]
    rows = [part for _, part in split_at(reader.tokens[start + 1 : end], {"row"}) if part]
    reader.at = end + 1
    cells: list[Node] = []
    widths = set()
    for row in rows:
        parts = [part for _, part in split_at(row, {"&"})]
        widths.add(len(parts))
        for part in parts:
            cells.append(reader.inner(part))
    if len(widths) != 1:
        raise Unreadable("a matrix whose rows differ in length")
    matrix = Node("matrix", tuple(cells), (len(rows), widths.pop()))
    return Node("call", (matrix,), "det") if name == "vmatrix" else matrix


def _rows(items: Sequence[Node]) -> Node | None:
    """[[1, 2], [3, 4]] as a matrix."""
    if (
        any(item.kind != "tuple" or item.value != "[]" for item in items)
        or len({len(item.args) for item in items}) != 1
    ):
        return None
    return Node("matrix", tuple(cell for item in items for cell in item.args), (len(items), len(items[0].args)))
