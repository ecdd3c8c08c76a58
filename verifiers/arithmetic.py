"""Arithmetic on exact rationals, read by hand and bounded before it is done."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,9})(?![\w.]))?|([-+*/^!&()]))", re.ASCII)
MAX_CHARS = 10_000
MAX_DIGITS = 1_000  # in one number as written
MAX_BITS = 40_000  # in any value on the way; 2005! has 19,000
MAX_WORK = 4_000_000  # bits over all steps together
MAX_DEPTH = 50


class NotArithmetic(ValueError):
    """The text is not arithmetic on numbers; the message says where it stops being so."""


class TooBig(ArithmeticError):
    """The arithmetic is more work than this module does."""


@dataclass(frozen=True)
class Arithmetic:
    """What an expression comes to, with the numbers and operators it was written with."""

    value: Fraction
    numbers: tuple[str, ...]
    operators: frozenset[str]


def evaluate(text: str) -> Arithmetic:
    """The exact value of an expression in + - * / ^ ! and parentheses.

    `&` joins a whole number and a fraction to a mixed number. Raises NotArithmetic, TooBig or ZeroDivisionError.

    >>> evaluate("(1 + 2) * 3 / 4").value
    Fraction(9, 4)
    """
    if len(text) > MAX_CHARS:
        raise TooBig(f"{len(text)} characters, more than {MAX_CHARS}")
    reader = _Reader(_tokens(text))
    value = reader.total(0)
    if reader.at < len(reader.tokens):
        raise NotArithmetic(f"{reader.tokens[reader.at]!r} stands where the expression should have ended")
    return Arithmetic(value, tuple(reader.numbers), frozenset(reader.operators))


def _tokens(text: str) -> list[str]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if not found:
            raise NotArithmetic(f"{text[at : at + 20].strip()!r} is not arithmetic")
        tokens.append(found.group().strip())
        at = found.end()
    return tokens


@dataclass
class _Reader:
    """Recursive descent: total > product > signed > power > mixed > atom; the depth is bounded."""

    tokens: list[str]
    at: int = 0
    work: int = 0
    numbers: list[str] = field(default_factory=list)
    operators: set[str] = field(default_factory=set)

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def operator(self) -> str:
        token = self.take()
        self.operators.add(token)
        return token

    def bounded(self, value: Fraction) -> Fraction:
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        self.work += bits
        if bits > MAX_BITS or self.work > MAX_WORK:
            raise TooBig(f"the arithmetic needs numbers above {MAX_BITS} bits, or too many of them")
        return value

    def total(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise TooBig(f"nested deeper than {MAX_DEPTH}")
        value = self.product(depth)
        while self.peek() in ("+", "-"):
            plus = self.operator() == "+"
            term = self.product(depth)
            value = self.bounded(value + term if plus else value - term)
        return value

    def product(self, depth: int) -> Fraction:
        value = self.signed(depth)
        while self.peek() in ("*", "/"):
            times = self.operator() == "*"
            factor = self.signed(depth)
            value = self.bounded(value * factor if times else value / factor)
        return value

    def signed(self, depth: int) -> Fraction:
        negative = False
        while self.peek() in ("+", "-"):
            negative ^= self.operator() == "-"
        value = self.power(depth)
        return -value if negative else value

    def power(self, depth: int) -> Fraction:
        base = self.mixed(depth)
        if self.peek() != "^":
            return base
        self.operator()
        if depth > MAX_DEPTH:
            raise TooBig(f"nested deeper than {MAX_DEPTH}")
        exponent = self.signed(depth + 1)
        if exponent.denominator != 1:
            raise NotArithmetic("a power with a fraction for its exponent is not rational arithmetic")
        e = exponent.numerator
        if e <= 0 and base == 0:
            raise ZeroDivisionError("0 to the power 0 or less")
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(base) in (0, 1):
            e = min(e, 2) if e >= 0 and e % 2 == 0 else e % 2  # the only powers of these that differ
        elif abs(e) * size > 2 * MAX_BITS:
            raise TooBig(f"a power of about {abs(e).bit_length()}-bit exponent")
        return self.bounded(base**e)

    def mixed(self, depth: int) -> Fraction:
        value = self.atom(depth)
        while self.peek() in ("&", "!"):
            if self.operator() == "&":
                part = self.atom(depth)
                if value.denominator != 1 or not 0 <= part < 1:
                    raise NotArithmetic("a mixed number is a whole number and a proper fraction")
                value = self.bounded(value + part)
                continue
            if value.denominator != 1 or value < 0:
                raise NotArithmetic("only a whole number has a factorial")
            if value > 3_000:
                raise TooBig("a factorial above 3000!")
            value = self.bounded(Fraction(math.factorial(value.numerator)))
        return value

    def atom(self, depth: int) -> Fraction:
        token = self.take()
        if token == "(":
            value = self.total(depth + 1)
            if self.take() != ")":
                raise NotArithmetic("a parenthesis is not closed")
            return value
        if not token or not (token[0].isdigit() or token[0] == "."):
            raise NotArithmetic(
                f"{token!r} stands where a number should" if token else "a number is missing at the end"
            )
        self.numbers.append(token)
        digits, _, exponent = token.lower().partition("e")
        if len(digits) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_BITS // 4:
            raise TooBig(f"a number of more than {MAX_DIGITS} digits")
        return self.bounded(Fraction(token))
