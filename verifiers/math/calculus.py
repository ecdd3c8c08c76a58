"""Sums, products, limits, integrals and derivatives in an expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .brackets import split_at
from .tokens import Token
from .tree import ONE, Node, Unreadable, number

if TYPE_CHECKING:
    from .parse import Reader


def derivative(reader: Reader, above: Node, below: Node) -> Node:
    """d/dx of what follows."""
    if above.kind != "sym" or len(below.args) != 2 or below.args[1].kind != "sym":
        raise Unreadable("a derivative of higher order")
    return Node("diff", (below.args[1], reader.value(10)))


def big(reader: Reader, name: str) -> Node:
    """sum and prod: args = variable, from, to, body. int: the same. lim: variable, its limit, body."""
    low = high = None
    while reader.is_op("_", "^"):
        mark = reader.take().text
        if reader.is_op("{"):
            start, reader.at = reader.at, reader.ends[reader.at] + 1
            part: list[Token] = list(reader.tokens[start + 1 : reader.at - 1])
        else:
            part = [reader.take()]
            if part[0].text == "-" and part[0].kind == "op":
                part.append(reader.take())
        if mark == "_":
            low = part
        else:
            high = part
    if name == "lim":
        return limit(reader, low)
    if low is None or high is None:
        raise Unreadable(f"{name} without bounds")
    upper = reader.inner(high)
    if name == "int":
        return integral(reader, reader.inner(low), upper)
    parts = split_at(low, {"="})
    if len(parts) != 2:
        raise Unreadable(f"{name} without a first index")
    variable, lower = reader.inner(parts[0][1]), reader.inner(parts[1][1])
    body = reader.value(10)
    return Node("big", (variable, lower, upper, body), name)


def limit(reader: Reader, low: list[Token] | None) -> Node:
    parts = split_at(low or [], {"->"})
    if len(parts) != 2 or not parts[1][1]:
        raise Unreadable("a limit without a place")
    place, side = parts[1][1], 0
    if len(place) > 1 and place[-1].text in "+-" and place[-2].text == "^":
        side, place = (1 if place[-1].text == "+" else -1), place[:-2]
    variable, target = reader.inner(parts[0][1]), reader.inner(place)
    return Node("big", (variable, target, reader.value(10), number(side)), "lim")


def integral(reader: Reader, lower: Node, upper: Node) -> Node:
    if place := next(
        (i for i in range(reader.at, len(reader.tokens)) if re.fullmatch("d[a-z]", reader.tokens[i].text)), None
    ):
        after = reader.tokens[place + 1] if place + 1 < len(reader.tokens) else None
        if after is not None and after.text == "}" and reader.tokens[place - 1].text == "{":  # dx over x
            variable = reader.tokens[place].text[1]
            reader.tokens[place] = Token("num", "1")
            return Node("big", (Node("sym", (), variable), lower, upper, reader.value(10)), "int")
    last = next((i for i in range(len(reader.tokens) - 1, reader.at - 1, -1) if reader.tokens[i].kind == "word"), None)
    if last is None:
        raise Unreadable("an integral without dx")
    name = reader.tokens[last].text
    if name.startswith("d") and len(name) == 2:
        stop, variable = last, name[1]
    elif reader.tokens[last - 1].text == "d":
        stop, variable = last - 1, name
    elif not reader.tokens[last].macro and len(name) > 2 and name[-2] == "d":
        reader.tokens[last] = reader.tokens[last]._replace(text=name[:-2])
        stop, variable = last + 1, name[-1]
    else:
        raise Unreadable("an integral without dx")
    body_tokens = list(reader.tokens[reader.at : stop])
    body = reader.inner(body_tokens) if body_tokens else ONE
    reader.at = last + 1
    return Node("big", (Node("sym", (), variable), lower, upper, body), "int")
