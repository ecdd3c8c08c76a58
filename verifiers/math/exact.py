"""Rational arithmetic, exact and bounded before it is done; and modulo a prime, where numbers are too long."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from .evaluate import TooBig, Unknown, walk
from .tree import INFINITY, Node, nodes

MAX_BITS = 40_000  # in any exact value on the way
MAX_WORK = 4_000_000  # bits of exact values over all steps together
PRIME = 109823776281803382987755866906968205751  # 127 bits, of no special form


class Exact:
    """Rational numbers, bounded before they are computed."""

    def __init__(self) -> None:
        self.work = 0

    def number(self, value: Fraction) -> Fraction:
        return self.seen(value)

    def constant(self, name: str) -> Fraction:
        raise Unknown(f"{name} is not rational")

    def seen(self, value: Fraction) -> Fraction:
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        self.work += bits
        if bits > MAX_BITS or self.work > MAX_WORK:
            raise TooBig(f"numbers above {MAX_BITS} bits, or too many of them")
        return value

    def divide(self, above: Fraction, below: Fraction) -> Fraction:
        return above / below

    def whole(self, value: Fraction) -> int:
        if value.denominator != 1:
            raise Unknown("an index that is not whole")
        return value.numerator

    def exact(self, value: Fraction) -> Fraction:
        return value

    def power(self, base: Fraction, exponent: Node, env: Mapping[str, Any], base_node: Node) -> Fraction:
        if base == 1 and INFINITY not in nodes(exponent):
            return base
        e = walk(exponent, self, env)
        if e.denominator != 1:
            return self.rooted(base, e)
        return self.raised(base, e.numerator)

    def raised(self, base: Fraction, e: int) -> Fraction:
        if base == 0 and e <= 0:
            raise ZeroDivisionError("0 to the power 0 or less")
        if abs(base) in (0, 1):
            return base if e % 2 else abs(base)
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(e) * (size - 1) > MAX_BITS:
            raise TooBig(f"a power above {MAX_BITS} bits")
        return base**e

    def rooted(self, base: Fraction, e: Fraction) -> Fraction:
        degree = e.denominator
        if degree > 64 or (base < 0 and degree % 2 == 0):
            raise Unknown("a root that is not rational")
        above, below = _root(abs(base.numerator), degree), _root(base.denominator, degree)
        if above is None or below is None:
            raise Unknown("a root that is not rational")
        return self.raised(Fraction(-above if base < 0 else above, below), e.numerator)

    def series(self, node: Node, first: int, env: Mapping[str, Any]) -> Fraction:
        raise Unknown("a sum without end")

    def derivative(self, node: Node, env: Mapping[str, Any]) -> Fraction:
        raise Unknown("a derivative is not rational arithmetic")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> Fraction:
        raise Unknown("analysis is not rational arithmetic")

    def call(self, name: str, args: list[Fraction]) -> Fraction:
        first = args[0]
        if name == "sqrt":
            return self.rooted(first, Fraction(1, 2))
        if name == "root" and args[1].denominator == 1 and args[1] > 0:
            return self.rooted(first, 1 / args[1])
        if name in ("abs", "norm"):
            return abs(first)
        if name == "floor":
            return Fraction(math.floor(first))
        if name == "ceil":
            return Fraction(math.ceil(first))
        if name == "sign":
            return Fraction((first > 0) - (first < 0))
        if name in ("factorial", "factorial2") and first.denominator == 1:
            if not 0 <= first <= 3000:
                raise TooBig("a factorial above 3000!")
            n = first.numerator
            return self.seen(Fraction(math.factorial(n) if name == "factorial" else math.prod(range(n, 0, -2))))
        if name == "binom" and first.denominator == args[1].denominator == 1:
            n, k = first.numerator, args[1].numerator
            if k < 0 or 0 <= n < k:
                return Fraction(0)
            k = min(k, n - k) if n >= 0 else k
            if k * max(1, abs(n).bit_length()) > MAX_BITS:
                raise TooBig("a binomial of large numbers")
            return self.seen(Fraction(math.prod(range(n - k + 1, n + 1)), math.factorial(k)))
        if name in ("gcd", "lcm") and all(arg.denominator == 1 for arg in args):
            whole = [arg.numerator for arg in args]
            return Fraction(functools.reduce(math.gcd, whole) if name == "gcd" else functools.reduce(_lcm, whole))
        if name in ("max", "min"):
            return max(args) if name == "max" else min(args)
        if name in ("re", "im"):
            return first if name == "re" else Fraction(0)
        if name in ("log", "log10?") and first > 0:
            return self.logarithm(first, Fraction(10) if name == "log10?" else args[1] if len(args) > 1 else None)
        if name in ("sin", "tan", "asin", "atan", "sinh", "tanh") and first == 0:
            return Fraction(0)
        if name in ("cos", "exp", "cosh", "sec") and first == 0:
            return Fraction(1)
        raise Unknown(f"{name} is not rational")

    def logarithm(self, value: Fraction, base: Fraction | None) -> Fraction:
        if value == 1:
            return Fraction(0)
        if (
            base is None
            or base <= 0
            or base == 1
            or value.numerator.bit_length() + value.denominator.bit_length() > 4000
        ):
            raise Unknown("a logarithm that is not rational")
        near = math.log(value) / math.log(base)
        guess = Fraction(near).limit_denominator(60)
        close = abs(guess) < 4000 and abs(guess - Fraction(near)) < Fraction(1, 10**9)
        if close and self.raised(base, guess.numerator) == self.raised(value, guess.denominator):
            return guess
        raise Unknown("a logarithm that is not rational")


class Modular:
    """Rational functions modulo a prime, π and e as variables of their own: equal residues at a random point."""

    CONSTANTS: ClassVar = {
        "pi": 98765432101234567890123456789012345671 % PRIME,
        "e": 31415926535897932384626433832795028841 % PRIME,
    }

    def number(self, value: Fraction) -> int:
        below = value.denominator % PRIME
        if not below:
            raise Unknown("a denominator that vanishes modulo the prime")
        return value.numerator * pow(below, -1, PRIME) % PRIME if below != 1 else value.numerator % PRIME

    def constant(self, name: str) -> int:
        if name not in self.CONSTANTS:
            raise Unknown(f"{name} has no residue")
        return self.CONSTANTS[name]

    def seen(self, value: int) -> int:
        return value % PRIME

    def divide(self, above: int, below: int) -> int:
        if not below % PRIME:
            raise ZeroDivisionError("division by zero")
        return above * pow(below, -1, PRIME) % PRIME

    def whole(self, value: int) -> int:
        if value > 10**6:
            raise Unknown("an index out of reach")
        return value

    def exact(self, value: int) -> Fraction:
        raise Unknown("a sum of unknown step")

    def power(self, base: int, exponent: Node, env: Mapping[str, Any], base_node: Node) -> int:
        if base_node == Node("const", (), "e"):
            raise Unknown("e to a power is no rational function")
        e = walk(exponent, Exact(), {})
        if e.denominator != 1:
            raise Unknown("a root has no residue")
        if not base % PRIME and e <= 0:
            raise ZeroDivisionError("0 to the power 0 or less")
        return pow(base, e.numerator % (PRIME - 1), PRIME) if e < 0 or e > PRIME else pow(base, e.numerator, PRIME)

    def series(self, node: Node, first: int, env: Mapping[str, Any]) -> int:
        raise Unknown("a sum without end")

    def derivative(self, node: Node, env: Mapping[str, Any]) -> int:
        raise Unknown("a derivative has no residue")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> int:
        raise Unknown("analysis has no residue")

    def call(self, name: str, args: list[int]) -> int:
        raise Unknown(f"{name} has no residue")


def _root(value: int, degree: int) -> int | None:
    """The whole root, if it is one."""
    root = math.isqrt(value) if degree == 2 else round(value ** (1 / degree)) if value < 2**1000 else 0
    return root if root**degree == value else None


def _lcm(a: int, b: int) -> int:
    return a * b // math.gcd(a, b) if a and b else 0


def rational_exponent(node: Node) -> Fraction | None:
    """The exponent where it is written as a rational number."""
    try:
        value: Fraction = walk(node, Exact(), {})
    except (ArithmeticError, ValueError):
        return None
    return value
