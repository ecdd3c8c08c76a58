"""A value with its unit, a ratio, a time, a number in a base, a residue."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from .brackets import closers_match, split_at, trim
from .expression import expression
from .numerals import read_number
from .tokens import Token
from .tree import VALUES, Node, Unreadable, negative, number
from .units import MAGNITUDES, Unit, known, read_unit
from .words import CARDINALS, is_math_word

MODULO = ("mod", "pmod", "bmod", "modulo")
_CLOCK = re.compile(r"(1[0-2]|[1-9])([ap]m|o'clock)")


def modulo(tokens: Sequence[Token], depth: int) -> tuple[Node, Node | None]:
    """The value and the modulus of 3 (mod 7); None where there is no modulus."""
    tokens = list(tokens)
    place = next((i for i, token in enumerate(tokens) if token.text in MODULO and token.kind != "num"), None)
    if place is None:
        return expression(tokens, depth), None
    before, after = tokens[:place], tokens[place + 1 :]
    if before and before[-1].text == "(" and after and after[-1].text == ")":
        before, after = before[:-1], after[:-1]
    return expression(before, depth), expression(after, depth)


def in_base(tokens: Sequence[Token]) -> Node | None:
    """1011_2, 4B_{16}"""
    if tokens[0].text == "-":
        found = in_base(tokens[1:]) if len(tokens) > 3 and tokens[1].text != "-" else None
        return found and found._replace(value=(-found.value[0], found.value[1]))
    spot = next((i for i, token in enumerate(tokens) if token.text == "_"), 0)
    if (
        not spot
        or spot > 200
        or (tokens[0].kind == "op" and tokens[0].text != "(")
        or not (
            any(t.kind == "num" for t in tokens[:spot])
            or "".join(t.text for t in tokens[spot + 1 :]).strip("{}") == "16"
        )
    ):
        return None
    digits, base = (
        "".join(t.text for t in tokens[:spot]).strip("()"),
        "".join(t.text for t in tokens[spot + 1 :]).strip("{}()"),
    )
    whole, _, after = digits.partition(".")
    if (
        (base + whole + after).isascii()
        and base.isdecimal()
        and (whole + after).isalnum()
        and len(base) < 3
        and 2 <= int(base) <= 36
    ):
        try:
            return Node("based", (), (Fraction(int(whole + after, int(base)), int(base) ** len(after)), int(base)))
        except ValueError as error:
            raise Unreadable(f"{digits!r} are no digits in base {base}") from error
    words = re.fullmatch("(?:base)?(two|three|four|five|six|seven|eight|nine|ten)", base)
    return None if not words else in_base([*tokens[: spot + 1], Token("num", str(CARDINALS[words[1]]))])


def ratio(tokens: Sequence[Token], parts: list[tuple[str, list[Token]]], depth: int) -> Node:
    """2:3, and 3:45 as a time."""
    text = "".join(token.text for token in tokens).lower().replace(".", "")
    clock = re.fullmatch(r"(\d{1,2}):([0-5]\d)(am|pm|)", text)
    if clock and int(clock[1]) <= 24 and tokens[0].kind == "num":
        return Node("time", (), (int(clock[1]), int(clock[2]), clock[3]))
    if not all(part for _, part in parts) or len(parts) > 8:
        raise Unreadable("a ratio without one of its parts")
    return Node("ratio", tuple(expression(part, depth) for _, part in parts))


_SIGNS: dict[tuple[tuple[str, int], ...], str] = {(("euro", 1),): "€", (("sterling", 1),): "£", (("yen", 1),): "¥"}
"""The signs of money other than the dollar, by what they are read as."""


def compound(tokens: Sequence[Token]) -> Node | None:
    """2 hours 30 minutes, 5 feet and 3 inches: a sum of ever smaller units, in the first."""
    parts = [token for token in tokens if not (token.text in ("and", ",", ".") and token.kind != "num")]
    if not 4 <= len(parts) <= 8 or len(parts) % 2 or any(token.kind != "num" for token in parts[::2]):
        return None
    words = [token for token in parts[1::2] if token.kind == "word" and not token.macro]
    units = [unit for token in words if (unit := known(token.text))]
    first = read_unit(words[:1])
    sizes = [size for size, _ in units]
    falling = all(before > after for before, after in itertools.pairwise(sizes))
    if first is None or len(units) < len(parts) // 2 or len({base for _, base in units}) != 1 or not falling:
        return None
    terms = [
        Node("mul", (read_number(token.text), number(size / sizes[0])))
        for token, size in zip(parts[::2], sizes, strict=True)
    ]
    return Node("quantity", (Node("add", tuple(terms)),), first)


def currency(tokens: list[Token]) -> tuple[list[Token], Unit | None]:
    """Without a sign of money in front."""
    first = 1 if tokens[0].text in ("-", "+") and len(tokens) > 1 else 0
    token = tokens[first]
    if (token.kind == "op" and token.text in ("cur", "€", "£", "¥", "₹")) or (
        token.kind == "word" and token.text in ("USD", "EUR", "GBP", "US", "Rs")
    ):
        stop = first + 1
        if token.text == "US" and len(tokens) > stop and tokens[stop].text == "cur":
            stop += 1
        elif token.text == "US":
            return tokens, None
        if token.text == "Rs" and len(tokens) > stop and tokens[stop].text == ".":
            stop += 1
        unit = read_unit([Token("op", "cur") if token.text in ("cur", "US", "USD") else token])
        if unit is not None and len(tokens) > stop:
            return [*tokens[:first], *tokens[stop:]], unit
    return tokens, None


def _unit_start(tokens: Sequence[Token]) -> int | None:
    """Where the words of a unit begin, if any stand at the end."""
    if tokens[-1].kind == "num" and not (len(tokens) > 2 and tokens[-2].text == "^"):
        return None
    start = None
    for i in range(len(tokens) - 1, 0, -1):
        token = tokens[i]
        per = i > 2 and tokens[i - 1].text == "/" and tokens[i - 2].kind == "word"
        if token.kind == "word":
            if token.macro or not (token.quoted or token.spaced or len(token.text) > 1 or per):
                break
            if (
                is_math_word(token.text) and not (token.text in ("min", "sec") and i == len(tokens) - 1)
            ) or token.text in (
                "e",
                "i",
                "x",
                "y",
                "n",
            ):
                break
            if len(token.text) == 1 and not (token.quoted or token.spaced) and not per:
                break
            if (
                not token.quoted
                and read_unit([token]) is None
                and token.text.lower() not in MAGNITUDES
                and token.text.lower() not in ("per", "square", "cubic", "sq", "cu", "squared", "cubed", "of")
            ):
                break
            start = i
        elif (
            token.kind == "op"
            and token.text in ("%", "'", "cur", "€", "°")
            and (token.text != "°" or start == i + 1)
            and (tokens[i - 1].kind == "num" or tokens[i - 1].text in (")", "}", "^", "pi"))
        ):
            start = i
        elif not (
            (token.kind == "op" and token.text in ("^", "/", "*", "{", "}", "-", "."))
            or (token.kind == "num" and len(token.text) == 1 and i > 1 and tokens[i - 1].text in ("^", "-", "{"))
        ):
            break
    if (
        start is not None
        and tokens[start - 1].kind == "op"
        and tokens[start - 1].text in ("+", "*", "/", "(", "_", "=", "pm")
    ):
        return None
    return start


def with_unit(tokens: list[Token], depth: int) -> tuple[Node, Unit | None]:
    """The value, and the unit that stands behind it."""
    start = _unit_start(tokens)
    if start is None:
        return expression(tokens, depth), None
    if tokens[start].kind == "op" and tokens[start].text == "°" and start and tokens[start - 1].text == "^":
        return expression(tokens[: start - 1], depth), Unit(Fraction(1), (("°", 1),))
    before, after = tokens[:start], tokens[start:]
    times = 1
    while after and after[0].kind == "word" and after[0].text.lower() in MAGNITUDES and (after[0].text != "k"):
        times *= MAGNITUDES[after[0].text.lower()]
        after = after[1:]
    unit = read_unit(after) if after else None
    if after and unit is None:
        if times > 1:
            raise Unreadable("words that are no unit")
        return expression(tokens, depth), None
    while before and before[-1].kind == "op" and before[-1].text == "-":  # 5-cm
        before = before[:-1]
    value = expression(before, depth)
    if value.kind not in VALUES and value.kind not in ("list",):
        if unit and not unit.letters:
            raise Unreadable("a unit after something that is no value")
        return expression(tokens, depth), None
    if times > 1:
        value = Node("mul", (value, number(times)))
    return value, unit


def quantity(tokens: Sequence[Token], depth: int) -> Node:
    """A value with its unit, a ratio, a time, a number in a base, a residue; else an expression."""
    tokens = trim(tokens)
    if not tokens:
        raise Unreadable("nothing to read")
    based = in_base(tokens)
    if based is not None:
        return based
    if any(token.text in MODULO and token.kind != "num" for token in tokens):
        value, modulus = modulo(tokens, depth)
        sign = next(token.text for token in tokens if token.text in MODULO)
        return Node("residue", (value, modulus), sign) if modulus is not None else value
    if tokens[0].text == "(" and len(split_at(tokens[1:-1], {":"})) > 1 and closers_match(tokens):
        tokens = tokens[1:-1]
    colons = split_at(tokens, {":", "to"})
    if len(colons) > 1:
        return ratio(tokens, colons, depth)
    if clock := _CLOCK.fullmatch("".join(token.text for token in tokens[:8]).lower().replace(".", "")):
        return Node("time", (), (int(clock[1]), 0, clock[2].replace("o'clock", "")))
    if tokens[-1].text == "times" and len(tokens) > 1 and tokens[-1].kind == "word":
        tokens = tokens[:-1]
    tokens, money = currency(tokens)
    if money is not None and (place := next((i for i, t in enumerate(tokens) if t.text in ("per", "/") and i), None)):
        rate = read_unit([Token("op", _SIGNS.get(money.bases, "cur")), *tokens[place:]])
        if rate is not None and any(token.kind == "word" for token in tokens[place:]):
            return Node("quantity", (expression(tokens[:place], depth),), rate)
    value, unit = with_unit(tokens, depth)
    if money is not None:
        if unit is not None and unit.bases != money.bases:
            raise Unreadable("two different currencies")
        unit = unit or money
    if unit is None and value.kind == "degrees":
        value, unit = value.args[0], Unit(Fraction(1), (("°", 1),))
    elif unit is None and value.kind == "neg" and value.args[0].kind == "degrees":
        value, unit = negative(value.args[0].args[0]), Unit(Fraction(1), (("°", 1),))
    if unit is None:
        return value
    if value.kind == "list":
        return Node("list", tuple(Node("quantity", (one,), unit) for one in value.args))
    return Node("quantity", (value,), unit)
