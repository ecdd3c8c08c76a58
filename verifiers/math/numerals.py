"""A number as it was written."""

from __future__ import annotations

import re
from fractions import Fraction

from .tree import Decimal, Node, Unreadable

MAX_DIGITS = 3_000
MAX_EXPONENT = 5_000


def read_number(text: str) -> Node:
    """A number as written: 12, 3.50, 6e23, 0.1\\overline{6}."""
    if text.isdecimal() and len(text) <= MAX_DIGITS:
        return Node("num", (), Fraction(int(text)))
    found = re.fullmatch(r"(\d*)\.(\d*)\s*(?:\\\w+\s*\{?\s*|\()(\d+)\s*[)}]?", text)
    if found:
        whole, before, period = found.groups()
        if len(text) > MAX_DIGITS:
            raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
        scale = 10 ** len(before)
        value = Fraction(int(whole + before or "0"), scale) + Fraction(int(period), scale * (10 ** len(period) - 1))
        return Node("num", (), value)
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
    if "." in digits and not exponent:
        places = len(digits.partition(".")[2])
        return Node("decimal", (), Decimal(Fraction(digits), places, len(digits.replace(".", "").lstrip("0"))))
    return Node("num", (), Fraction(text if digits[0] != "." else "0" + text))


def recurring(node: Node) -> Node:
    """0.333... as the fraction that it hints at: its last digit thrice, or its last digits twice."""
    number_, places, _ = node.value
    digits = str(int(number_ * 10**places)).rjust(places, "0")[-places:] if places else ""
    for length in range(1, len(digits) // 2 + 1):
        period = digits[-length:]
        times = 3 if length == 1 else 2
        if digits.endswith(period * times):
            before = digits[: len(digits) - length]
            scale = 10 ** len(before)
            head = Fraction(int(number_ * scale), scale)
            return Node("num", (), head + Fraction(int(period), scale * (10**length - 1)))
    raise Unreadable("digits that go on, and we cannot say how")


def only_digits(text: str) -> bool:
    return text.isdecimal() and len(text) < 100
