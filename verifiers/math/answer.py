"""The whole of an answer: lists, statements and sets of numbers around the values in them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from .brackets import closers, split_at, trim
from .measures import MODULO, compound, modulo, quantity
from .tokens import Token, tokenize
from .tree import Node, Unreadable, levels, symbols
from .words import DENIALS, phrase_label, special

MAX_PARTS = 100
MAX_REMEMBERED = 200
MAX_LEVELS = 150
RELATIONS = {"=", "<", ">", "<=", ">=", "!=", "~=", "in", "notin", "===", "=>"}


def read(text: str, commas: bool = True) -> Node:
    r"""An answer as typed values.

    Raises Unreadable.

    >>> read(r"\{1, 2\}").kind, read("x > 3").kind, read("5 cm").kind, read(r"2\frac13").value
    ('set', 'rel', 'quantity', Fraction(7, 3))
    """
    return _remembered(text, commas) if len(text) <= MAX_REMEMBERED else _read(text, commas)


def _read(text: str, commas: bool) -> Node:
    node = read_list(tokenize(text, commas=commas), 0)
    if len(text) > MAX_LEVELS and levels(node) > MAX_LEVELS:
        raise Unreadable(f"more than {MAX_LEVELS} operations inside one another")
    return node


_remembered = functools.lru_cache(maxsize=4096)(_read)
"""The same ground truth stands against each answer of its group."""


def read_list(tokens: Sequence[Token], depth: int) -> Node:
    """Several answers, or one."""
    tokens = trim(tokens)
    words = special(tokens)
    if words is not None:
        return words
    closers(tokens)
    if (sum_of_units := compound(tokens)) is not None:
        return sum_of_units
    if any(token.text == "===" for token in tokens):
        return congruence(tokens, depth)
    parts = [(mark, trim(part)) for mark, part in split_at(tokens, {",", ";", "and", "or"})]
    if len(parts) > 1:
        if any(not part for mark, part in parts if mark in ("", ",", ";")) and not parts[-1][1]:
            parts = parts[:-1]
        filled = [(mark, part) for mark, part in parts if part]
        if len(filled) > MAX_PARTS:
            raise Unreadable(f"more than {MAX_PARTS} parts")
        if len(filled) > 1 or parts[0][1]:
            marks = {mark for mark, part in parts} - {"", ",", ";"}
            return gather([read_item(part, depth) for _, part in filled], marks)
    return read_item(tokens, depth)


def gather(items: list[Node], marks: set[str]) -> Node:
    """A list; of inequalities, the set of numbers that they say together."""
    flat = [part for item in items for part in (item.args if item.kind == "list" else (item,))]
    flat = _without_domains(flat)
    if len(flat) == 1:
        return flat[0]
    if all(item.kind == "rel" and not {"=", "~="} & set(item.value) for item in flat):
        exclusive = any("!=" in item.value for item in flat)
        kind = "inter" if marks == {"and"} or (exclusive and "or" not in marks) else "union"
        return Node(kind, tuple(flat), None if marks or kind == "inter" else "comma")
    if (
        marks == {"or"}
        and all(
            (item.kind in ("rel", "tuple", "union") and item.value in ("()", "[]", "[)", "(]", None))
            or is_inequality(item)
            for item in flat
        )
        and any(map(is_inequality, flat))
    ):
        return Node("union", tuple(flat))
    rays = [item for item in flat if item.kind == "tuple" and len(item.args) == 2]
    if marks == {"or"} and len(rays) == len(flat) and any(item.value in ("[)", "(]") for item in rays):
        return Node("union", tuple(flat))
    together = len(marks) == 1 and all(item.kind == "sym" for item in flat)
    return Node("list", tuple(flat), min(marks) if together else None)


def _without_domains(items: list[Node]) -> list[Node]:
    """Without x ∈ ℝ beside what x must be, and k ∈ ℤ beside what has a k in it."""
    return [item for item in items if not _only_a_domain(item, [other for other in items if other is not item])]


def _only_a_domain(item: Node, others: list[Node]) -> bool:
    if item.kind != "member" or item.args[1].kind != "reals":
        return False
    beside = [other for other in others if symbols(item.args[0]) & symbols(other)]
    bounds = all(is_inequality(other) or other.value == ("!=",) for other in beside)  # x ∈ ℤ beside them is one more
    return bool(beside) and (item.args[1].value == "ℝ" if bounds else item.args[1].value in ("ℤ", "ℕ"))


def is_inequality(node: Node) -> bool:
    """Whether it says that something is less or more."""
    return node.kind == "rel" and not {"=", "~=", "!="} & set(node.value)


def read_item(tokens: Sequence[Token], depth: int) -> Node:
    """One answer."""
    tokens = trim(tokens)
    if not tokens:
        raise Unreadable("nothing to read")
    words = special(tokens)
    if words is not None:
        return words
    parts = split_at(tokens, RELATIONS)
    if len(parts) > 1:
        return statement(parts, depth)
    return quantity(tokens, depth)


def congruence(tokens: Sequence[Token], depth: int) -> Node:
    """x ≡ 3 (mod 7), x ≡ 2, 3 (mod 5)."""
    sides = split_at(tokens, {"==="})
    if len(sides) != 2 or len(sides[0][1]) != 1 or sides[0][1][0].kind != "word":
        raise Unreadable("a congruence of other than one variable")
    right = sides[1][1]
    place = next((i for i, token in enumerate(right) if token.text in MODULO and token.kind != "num"), None)
    if place is None:
        raise Unreadable("a congruence without its modulus")
    stop = place - 1 if place and right[place - 1].text == "(" else place
    found = []
    for _, part in split_at(trim(right[:stop]), {",", "and", "or"}):
        if part:
            value, modulus = modulo([*part, *right[stop:]], depth)
            if modulus is None:
                raise Unreadable("a congruence without its modulus")
            name = Node("sym", (), sides[0][1][0].text)
            found.append(Node("named", (name, Node("residue", (value, modulus), "pmod"))))
    return found[0] if len(found) == 1 else Node("list", tuple(found))


def statement(parts: list[tuple[str, list[Token]]], depth: int) -> Node:
    """Equations, inequalities, membership, congruence."""
    marks = [mark for mark, _ in parts[1:]]
    sides = [part for _, part in parts]
    if "=>" in marks:
        raise Unreadable("an implication is no answer")
    if not all(sides):
        raise Unreadable("a relation without one of its sides")
    if marks == ["in"]:
        subject = quantity(sides[0], depth)
        inside = read_list(sides[1], depth)
        if subject.kind not in ("sym", "tuple"):
            raise Unreadable("only a variable can be an element")
        return Node("member", (subject, inside))
    if set(marks) == {"="} and (name := _function_name(sides[0])):
        return equation([Node("sym", (), name), *(quantity(side, depth) for side in sides[1:])], marks)
    if set(marks) == {"="} and (label := phrase_label(sides[0])):
        if label & DENIALS:
            raise Unreadable("words that deny")
        sides, marks = sides[1:], marks[1:]
        if not marks:
            return read_list(sides[0], depth)
    if {"in", "notin"} & set(marks):
        raise Unreadable("a membership among other relations")
    values = [quantity(side, depth) for side in sides]
    if set(marks) <= {"=", "~="}:
        return equation(values, marks)
    if any(value.kind == "list" for value in values):
        raise Unreadable("several values in an inequality")
    if "~=" in marks:
        raise Unreadable("an approximation among other relations")
    return Node("rel", tuple(values), tuple(marks))


def _function_name(tokens: Sequence[Token]) -> str:
    """f^{-1}(2), p(x): a letter and an argument, which together name what is said behind the sign."""
    texts = [token.text for token in tokens]
    if len(texts) < 4 or len(texts) > 12 or tokens[0].kind != "word" or texts[-1] != ")" or len(texts[0]) != 1:
        return ""
    if texts[0] in ("P", "E") and texts[1] == "(" and closers(tokens).get(1) == len(tokens) - 1:  # P(X = 2)
        return "".join(texts)
    inverse = texts[1:6] == ["^", "{", "-", "1", "}"]
    start = 6 if inverse else 1
    inside = texts[start + 1 : -1]
    if start < len(texts) and texts[start] == "(" and len(inside) == 1 and (texts[0] in "fghFGHpqrPQRTSVAW"):
        return "".join(texts)
    return ""


def equation(values: list[Node], marks: list[str]) -> Node:
    """a = b = c: a name and its value, where it is that."""
    if marks == ["~="]:
        return Node("about", tuple(values))
    if marks[-1] == "~=" and len(values) > 2:
        return Node("about", (equation(values[:-1], marks[:-1]), values[-1]))
    name, last = values[0], values[-1]
    if len(values) > 2:
        middle = values[1:-1] if is_name(name) else values[:-1]
        return Node("chain", (name if is_name(name) else Node("special", (), "nothing"), last, *middle))
    if last.kind == "list":  # y = ±2x
        return Node("list", tuple(equation([name, one], ["="]) for one in last.args))
    if name.kind == "list":
        return Node("list", tuple(equation([one, last], ["="]) for one in name.args))
    if is_name(name):
        return Node("named", (name, last))
    if is_name(last):
        return Node("named", (last, name)) if not symbols(last) & symbols(name) else Node("rel", tuple(values), ("=",))
    return Node("rel", tuple(values), ("=",))


def is_name(node: Node) -> bool:
    """A variable, a function of something, or a tuple of variables."""
    return (
        node.kind == "sym"
        or (node.kind == "tuple" and all(arg.kind == "sym" for arg in node.args))
        or (
            node.kind == "call"
            and node.value in ("overline", "vec", "hat", "norm", "overrightarrow")
            and node.args[0].kind in ("sym", "mul")
        )
        or (node.kind == "mul" and all(arg.kind == "sym" and arg.value.isupper() for arg in node.args))
    )
