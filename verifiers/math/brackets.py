"""Tokens between brackets: where each is closed, and what the parts between are."""

from __future__ import annotations

from collections.abc import Sequence

from .tokens import Token
from .tree import Unreadable

CLOSERS = {"(": ")", "[": "]", "\\{": "\\}", "langle": "rangle", "lfloor": "rfloor", "lceil": "rceil", "{": "}"}
_OPENERS = {closer: opener for opener, closer in CLOSERS.items()}


def closers(tokens: Sequence[Token]) -> dict[int, int]:
    """Where each bracket that opens is closed; round and square ones may be mixed, as in (0, 1].

    Raises Unreadable.
    """
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind != "op":
            continue
        mark = token.text
        if mark in CLOSERS or mark.startswith("begin "):
            opened.append(i)
        elif mark in _OPENERS or mark.startswith("end "):
            if not opened:
                raise Unreadable(f"{mark!r} closes nothing")
            start = tokens[opened[-1]].text
            fits = CLOSERS.get(start) == mark or (start in "([" and mark in ")]") or start[6:] == mark[4:]
            if not fits:
                raise Unreadable(f"{start!r} is closed by {mark!r}")
            pairs[opened.pop()] = i
    if opened:
        raise Unreadable(f"{tokens[opened[-1]].text!r} is not closed")
    return pairs


def split_at(tokens: Sequence[Token], marks: set[str]) -> list[tuple[str, list[Token]]]:
    """The parts between these operators or words outside of any bracket, each with the mark before it."""
    parts: list[tuple[str, list[Token]]] = [("", [])]
    depth = 0
    for token in tokens:
        mark = token.text
        if token.kind == "op" and (mark in CLOSERS or mark.startswith("begin ")):
            depth += 1
        elif token.kind == "op" and (mark in _OPENERS or mark.startswith("end ")):
            depth -= 1
        if depth == 0 and mark in marks and (token.kind == "op" or mark in ("and", "or", "to")):
            parts.append((mark, []))
        else:
            parts[-1][1].append(token)
    return parts


def trim(tokens: Sequence[Token]) -> list[Token]:
    """Without what is no part of an answer at either end."""
    start, end = 0, len(tokens)
    while (
        start < end
        and tokens[start].kind == "op"
        and tokens[start].text in (".", "=", ":", "~=", ",", ";", "row", "=>")
    ):
        start += 1
    while end > start and tokens[end - 1].kind == "op" and tokens[end - 1].text in (".", ":", "row"):
        end -= 1
    inner = _unwrapped(tokens[start:end])
    while (
        len(inner) > 1
        and inner[0] == Token("op", "{", inner[0].spaced)
        and inner[-1].text == "}"
        and closers_match(inner)
    ):
        inside = inner[1:-1]
        if len(split_at(inside, {",", ";"})) > 1 or (
            len(split_at(inside, {":", "|"})) > 1 and len(split_at(inside, {"<", ">", "<=", ">=", "!=", "=", "in"})) > 1
        ):
            break
        inner = inside
    return inner


def _unwrapped(tokens: Sequence[Token]) -> list[Token]:
    """Without the brackets around all of it, however many."""
    tokens = list(tokens)
    if not tokens or tokens[0].text not in ("(", "{") or tokens[0].kind != "op":
        return tokens
    ends = closers(tokens)
    last, layers = len(tokens) - 1, 0
    while (
        ends.get(layers) == last - layers
        and tokens[layers].text in ("(", "{")
        and tokens[last - layers].text in (")", "}")
    ):
        layers += 1
    return tokens[layers - 1 : last - layers + 2] if layers > 1 else tokens


def closers_match(tokens: Sequence[Token]) -> bool:
    """Whether the first token is closed by the last."""
    try:
        return closers(tokens).get(0) == len(tokens) - 1
    except Unreadable:
        return False
