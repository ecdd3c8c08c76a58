"""Complex arithmetic in double precision, and to any number of digits by mpmath."""

from __future__ import annotations

import cmath
import itertools
import math
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from .evaluate import TooBig, Unknown, walk
from .exact import rational_exponent
from .tree import INFINITY, Node, nodes

_DOUBLE: dict[str, Callable[[complex], complex]] = {
    **{name: getattr(cmath, name) for name in ("sin", "cos", "tan", "exp", "asin", "acos", "atan", "sinh", "cosh")},
    **{name: getattr(cmath, name) for name in ("tanh", "asinh", "acosh", "atanh")},
    **{"sec": lambda z: 1 / cmath.cos(z), "csc": lambda z: 1 / cmath.sin(z), "cot": lambda z: 1 / cmath.tan(z)},
    **{
        "acot": lambda z: cmath.pi / 2 - cmath.atan(z),
        "asec": lambda z: cmath.acos(1 / z),
        "acsc": lambda z: cmath.asin(1 / z),
    },
    "coth": lambda z: 1 / cmath.tanh(z),
}
_GAUSS = (
    *((0.1488743389816312, 0.2955242247147529), (0.4333953941292472, 0.2692667193099963)),
    *((0.6794095682990244, 0.2190863625159820), (0.8650633666889845, 0.1494513491505806)),
    (0.9739065285171717, 0.0666713443086881),
)
"""Half of the places and weights of Gauss's rule with ten points."""
MAX_SERIES = 3_000
"""Nodes evaluated for a sum without end."""
_LOCAL = threading.local()


class Double:
    """Complex numbers in double precision; `peak` is the largest on the way, `doubt` how far integrals may be off."""

    def __init__(self) -> None:
        self.peak = self.doubt = 0.0

    def number(self, value: Fraction) -> complex:
        return self.seen(complex(value.numerator / value.denominator))

    def constant(self, name: str) -> complex:
        if name == "infinity":
            raise Unknown("infinity is no number")
        return {"pi": complex(math.pi), "e": complex(math.e), "i": 1j}[name]

    def seen(self, value: complex) -> complex:
        size = abs(value)
        if not size < 1e300:
            raise OverflowError("beyond double precision")
        if size > self.peak:
            self.peak = size
        return value if value.imag else complex(value.real)  # -0.0 would pick the other branch of a root

    def divide(self, above: complex, below: complex) -> complex:
        return above / below

    def whole(self, value: complex) -> int:
        if value.imag or value.real != round(value.real) or abs(value.real) > 1e9:
            raise Unknown("an index that is not whole")
        return round(value.real)

    def exact(self, value: complex) -> Fraction:
        if value.imag or abs(value.real) > 1e9:
            raise Unknown("a term that is not real")
        return Fraction(value.real).limit_denominator(10**6)

    def real(self, value: complex) -> float:
        if abs(value.imag) > 1e-12 * (1 + abs(value)):
            raise Unknown("a function of real numbers alone")
        return value.real

    def power(self, base: complex, exponent: Node, env: Mapping[str, Any], base_node: Node) -> complex:
        rational = rational_exponent(exponent)
        if rational is not None and rational.denominator == 1:
            if abs(rational) > 1000:
                raise OverflowError("beyond double precision")
            return base ** int(rational) if base or rational > 0 else 1 / base
        if rational is not None and rational.denominator % 2 and not base.imag and base.real < 0:
            return complex((-1) ** rational.numerator * (-base.real) ** float(rational))
        e = walk(exponent, self, env)
        if base == 0:
            if e.real > 0:
                return 0j
            raise ZeroDivisionError("0 to the power 0 or less")
        if not e.imag and e.real == int(e.real) and abs(e.real) < 1000:
            return base ** int(e.real)
        return cmath.exp(e * cmath.log(base))

    def call(self, name: str, args: list[complex], node: Node) -> complex:
        first = args[0]
        if name == "sqrt":
            return self.seen(cmath.sqrt(first))
        if name == "root":
            degree = self.whole(args[1])
            if degree % 2 and not first.imag and first.real < 0:
                return complex(-((-first.real) ** (1 / degree)))
            return first ** (1 / degree)
        simple = _DOUBLE.get(name)
        if simple is not None:
            return self.seen(simple(first))
        if name in ("log", "log10?"):
            value = cmath.log(first)
            if name == "log10?" or len(args) > 1:
                value /= cmath.log(10 if name == "log10?" else args[1])
            return self.seen(value)
        if name in ("abs", "norm"):
            return complex(abs(first))
        if name == "overline":
            return first.conjugate()
        if name in ("re", "im", "arg"):
            return complex({"re": first.real, "im": first.imag, "arg": cmath.phase(first)}[name])
        if name == "floor":
            return complex(math.floor(self.real(first)))
        if name == "ceil":
            return complex(math.ceil(self.real(first)))
        if name == "factorial":
            return self.seen(complex(math.gamma(self.real(first) + 1)))
        if name == "Gamma":
            return self.seen(complex(math.gamma(self.real(first))))
        if name == "binom":
            n, k = self.real(first), self.real(args[1])
            return self.seen(complex(math.gamma(n + 1) / math.gamma(k + 1) / math.gamma(n - k + 1)))
        if name in ("max", "min"):
            real = [self.real(arg) for arg in args]
            return complex(max(real) if name == "max" else min(real))
        raise Unknown(f"{name} in double precision")

    def series(self, node: Node, first: int, env: Mapping[str, Any]) -> complex:
        raise Unknown("a sum without end")

    def derivative(self, node: Node, env: Mapping[str, Any]) -> complex:
        raise Unknown("a derivative in double precision")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> complex:
        variable, low, high, body = node.args
        if node.value == "lim":
            raise Unknown("a limit in double precision")
        a, b = self.real(walk(low, self, env)), self.real(walk(high, self, env))

        walk(body, self, {**env, variable.value: complex((a + b) / 2)})  # a pole in the middle would hide
        self.terms = getattr(self, "terms", 0) + 80
        if self.terms > 1_000:
            raise TooBig("integrals within integrals")

        area = 0.0

        def integrate(pieces: int) -> complex:
            nonlocal area
            total, width, area = 0j, (b - a) / pieces, 0.0
            for piece in range(pieces):
                middle = a + (piece + 0.5) * width
                for x, weight in _GAUSS:
                    for sign in (1, -1):
                        at = {**env, variable.value: complex(middle + sign * x * width / 2)}
                        part = weight * width / 2 * walk(body, self, at)
                        total, area = total + part, area + abs(part)
            return total

        coarse, fine = integrate(3), integrate(5)
        if abs(coarse - fine) > 1e-11 * (1 + abs(fine)):
            raise TooBig("an integral that does not settle")
        self.doubt += abs(coarse - fine) + 1e-15 * area
        return self.seen(fine)


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
            raise Unknown("infinity is no number")
        return {"pi": self.mp.pi, "e": self.mp.e, "i": self.mp.mpc(0, 1)}[name] * 1

    def seen(self, value: Any) -> Any:
        self.steps += 1
        if self.steps > 8_000:
            raise TooBig("too many steps")
        if not self.mp.isfinite(value):
            raise Unknown("not a finite number")
        size = abs(value)
        if size and abs(self.mp.mag(size)) > 10**15:
            raise TooBig("a number with millions of digits")
        self.peak = max(self.peak, size)
        return value

    def small(self, value: Any, bits: int) -> Any:
        if value and self.mp.mag(value) > bits:
            raise TooBig("an argument out of reach")
        return value

    def divide(self, above: Any, below: Any) -> Any:
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

    def call(self, name: str, args: list[Any], node: Node) -> Any:
        mp, first = self.mp, args[0]
        if name == "sqrt":
            return self.seen(mp.sqrt(first))
        if name == "root":
            degree = self.whole(args[1])
            if degree < 1:
                raise Unknown("a root of no degree")
            if degree % 2 and not mp.im(first) and mp.re(first) < 0:
                return -mp.root(-mp.re(first), degree)
            return self.seen(mp.root(first, degree))
        if name in _DOUBLE:
            return self.seen(
                getattr(mp, name)(self.small(first, 30 if name in ("exp", "sinh", "cosh", "tanh", "coth") else 400))
            )
        if name in ("log", "log10?"):
            if not first:
                raise Unknown("the logarithm of 0")
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
            return self.seen(mp.gamma(self.small(first, 40) + (name == "factorial")))
        if name == "binom":
            return self.seen(mp.binomial(self.small(first, 40), self.small(args[1], 40)))
        if name == "zeta":
            return self.seen(mp.zeta(self.small(first, 7)))
        if name in ("max", "min"):
            if any(map(mp.im, args)):
                raise Unknown("the larger of two complex numbers")
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
