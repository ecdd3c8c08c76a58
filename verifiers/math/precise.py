"""Complex arithmetic to any number of digits, by mpmath."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .double import ELEMENTARY
from .evaluate import NoValue, TooBig, Unknown, walk
from .exact import rational_exponent
from .tree import INFINITY, Node, nodes

MAX_SERIES = 3_000
"""Nodes evaluated for a sum without end."""
_LOCAL = threading.local()


def precise(digits: int) -> Precise:
    """A field of so many digits; each thread has a context of its own, since mpmath's has a state."""
    if not hasattr(_LOCAL, "context"):
        from mpmath import MPContext

        _LOCAL.context = MPContext()
    _LOCAL.context.dps = digits
    return Precise(_LOCAL.context)


class Precise:
    """Complex numbers to any number of digits, by mpmath; `peak` is the largest on the way."""

    def __init__(self, context: Any) -> None:
        self.mp = context
        self.peak = context.mpf(0)
        self.steps = 0

    def number(self, value: Fraction) -> Any:
        if value.denominator == 1:
            return self.seen(self.mp.mpf(value.numerator))
        return self.seen(self.mp.mpf(value.numerator) / value.denominator)

    def constant(self, name: str) -> Any:
        if name == "infinity":
            raise NoValue("infinity is no number")
        return self.seen({"pi": self.mp.pi, "e": self.mp.e, "i": self.mp.mpc(0, 1)}[name] * 1)

    def seen(self, value: Any) -> Any:
        self.steps += 1
        if self.steps > 8_000:
            raise TooBig("too many steps")
        if not self.mp.isfinite(value):
            raise NoValue("not a finite number")
        size = abs(value)
        if size and abs(self.mp.mag(size)) > 10**15:
            raise TooBig("a number with millions of digits")
        self.peak = max(self.peak, size)
        return value

    def small(self, value: Any, bits: int) -> Any:
        if value and self.mp.mag(value) > bits:
            raise TooBig("an argument out of reach")
        return value

    def moderate(self, value: Any) -> Any:
        """An argument of the gamma function: next to a pole it takes ever more digits."""
        off = value - self.mp.nint(value)
        if off and self.mp.dps > 200:
            raise TooBig("a gamma function to hundreds of digits")
        if off and self.mp.mag(off) < -100:
            raise TooBig("an argument too close to a pole")
        return self.small(value, 40)

    def vanishes(self, value: Any) -> bool:
        """Whether it is zero as far as these digits tell."""
        return bool(abs(value) <= self.mp.mpf(10) ** (-0.8 * self.mp.dps) * min(1, self.peak))

    def divide(self, above: Any, below: Any) -> Any:
        if self.vanishes(below):
            raise ZeroDivisionError("division by what is zero as far as we see")
        return above / below

    def whole(self, value: Any) -> int:
        if not self.mp.isint(value) or abs(value) > 10**9:
            raise Unknown("an index that is not whole")
        return int(value)

    def exact(self, value: Any) -> Fraction:
        if not self.mp.isint(value) or abs(value) > 10**9:
            raise Unknown("a term that is not whole")
        return Fraction(int(value))

    def power(self, base: Any, exponent: Node, env: Mapping[str, Any], base_node: Node) -> Any:
        rational = rational_exponent(exponent)
        if rational is not None and rational.denominator == 1:
            e = rational.numerator
            if not base and e <= 0:
                raise ZeroDivisionError("0 to the power 0 or less")
            if abs(e) > 10**6 and base:
                return self.mp.exp(self.small(e * self.mp.log(base), 50))
            return base**e
        if rational is not None and rational.denominator % 2 and not self.mp.im(base) and self.mp.re(base) < 0:
            return (-1) ** rational.numerator * (-self.mp.re(base)) ** self.number(rational)
        e = walk(exponent, self, env)
        if not base:
            if self.mp.re(e) > 0:
                return self.mp.mpf(0)
            raise ZeroDivisionError("0 to the power 0 or less")
        if self.mp.isint(e) and abs(e) < 10**6:
            return base ** int(self.mp.re(e))
        return self.mp.exp(self.small(e * self.mp.log(base), 30))

    def call(self, name: str, args: list[Any]) -> Any:
        mp, first = self.mp, args[0]
        if name in ("sqrt", "root", "abs", "norm") and self.vanishes(first):
            return mp.mpf(0)
        if name == "sqrt":
            return self.seen(mp.sqrt(first))
        if name == "root":
            degree = self.whole(args[1])
            if degree < 1:
                raise NoValue("a root of no degree")
            if degree % 2 and not mp.im(first) and mp.re(first) < 0:
                return -mp.root(-mp.re(first), degree)
            return self.seen(mp.root(first, degree))
        if name in ELEMENTARY:
            return self.seen(
                getattr(mp, name)(self.small(first, 30 if name in ("exp", "sinh", "cosh", "tanh", "coth") else 400))
            )
        if name in ("log", "log10?"):
            if not first or (len(args) > 1 and (not args[1] or args[1] == 1)):
                raise NoValue("a logarithm of 0, or to the base 0 or 1")
            value = mp.log(first)
            if name == "log10?" or len(args) > 1:
                value /= mp.log(10 if name == "log10?" else args[1])
            return self.seen(value)
        if name in ("abs", "norm"):
            return abs(first)
        if name in ("re", "im", "arg"):
            return getattr(mp, name)(first)
        if name == "overline":
            return mp.conj(first)
        if name in ("floor", "ceil") and not mp.im(first):
            near = mp.nint(mp.re(first))
            if abs(first - near) < mp.mpf(10) ** (-mp.dps // 2):
                return near
            return mp.floor(first) if name == "floor" else mp.ceil(first)
        if name in ("factorial", "Gamma"):
            return self.seen(mp.gamma(self.moderate(first) + (name == "factorial")))
        if name == "binom":
            return self.seen(mp.binomial(self.moderate(first), self.moderate(args[1])))
        if name == "zeta":
            return self.seen(mp.zeta(self.small(first, 7)))
        if name == "sign" and not mp.im(first):
            return mp.sign(mp.re(first))
        if name in ("max", "min"):
            if any(map(mp.im, args)):
                raise NoValue("the larger of two complex numbers")
            return max(args) if name == "max" else min(args)
        raise Unknown(f"{name} to many digits")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> Any:
        raise Unknown("analysis to many digits")

    def series(self, node: Node, first: int, env: Mapping[str, Any]) -> Any:
        """A sum without end, extrapolated by mpmath; its terms count as steps, so that it ends."""
        variable, _, _, body = node.args
        if node.value != "sum" or any(INFINITY in n.args for n in nodes(body) if n.kind == "big"):
            raise Unknown("a product without end, or sums within sums")

        size, terms = sum(1 for _ in nodes(body)), itertools.count()

        def term(index: Any) -> Any:
            if next(terms) * size > MAX_SERIES:
                raise Unknown("a sum whose end is not in sight")
            return walk(body, self, {**env, variable.value: index})

        if abs(term(self.mp.mpf(10**4))) > 1e-3:
            raise Unknown("a sum that does not converge")
        for method, few, more in (("r", 60, 120), ("s", 30, 50)):  # Richardson, Shanks
            sums = [self.mp.nsum(term, [first, self.mp.inf], method=method, maxterms=most) for most in (few, more)]
            if abs(sums[1] - sums[0]) <= 1e-13 * (1 + abs(sums[1])):
                return self.seen(sums[1])
        raise Unknown("a sum that does not settle")

    def derivative(self, node: Node, env: Mapping[str, Any]) -> Any:
        variable, body = node.args
        if variable.value not in env:
            raise Unknown("a derivative at no place")
        step = self.mp.mpf(10) ** (-self.mp.dps // 3)
        at = env[variable.value]
        ahead, behind = (walk(body, self, {**env, variable.value: at + sign * step}) for sign in (1, -1))
        return (ahead - behind) / (2 * step)
