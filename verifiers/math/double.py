"""Complex arithmetic in double precision."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from .evaluate import NoValue, TooBig, Unknown, walk
from .exact import rational_exponent
from .tree import Node, nodes

ELEMENTARY: dict[str, Callable[[complex], complex]] = {
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


class Double:
    """Complex numbers in double precision; `peak` is the largest on the way, `doubt` how far integrals may be off."""

    def __init__(self) -> None:
        self.peak = self.doubt = 0.0

    def number(self, value: Fraction) -> complex:
        return self.seen(complex(value.numerator / value.denominator))

    def constant(self, name: str) -> complex:
        if name == "infinity":
            raise NoValue("infinity is no number")
        return self.seen({"pi": complex(math.pi), "e": complex(math.e), "i": 1j}[name])

    def seen(self, value: complex) -> complex:
        size = abs(value)
        if not size < 1e300:
            raise OverflowError("beyond double precision")
        if size > self.peak:
            self.peak = size
        return value if value.imag else complex(value.real)  # -0.0 would pick the other branch of a root

    def divide(self, above: complex, below: complex) -> complex:
        if abs(below) < 1e-13 * min(1.0, self.peak):
            raise Unknown("division by what may be zero")
        return above / below

    def whole(self, value: complex) -> int:
        if value.imag or value.real != round(value.real) or abs(value.real) > 1e9:
            raise Unknown("an index that is not whole")
        return round(value.real)

    def exact(self, value: complex) -> Fraction:
        if value.imag or abs(value.real) > 1e9:
            raise Unknown("a term that is not real")
        return Fraction(value.real).limit_denominator(10**6)

    def between(self, value: complex) -> float:
        """A real number that is surely no whole one, or written as one."""
        real = self.real(value)
        if real != round(real) and abs(real - round(real)) < 1e-9 * (1 + abs(real)):
            raise Unknown("a step at what may be a whole number")
        return real

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

    def call(self, name: str, args: list[complex]) -> complex:
        first = args[0]
        if name in ("sqrt", "root", "abs", "norm") and abs(first) < 1e-13 * min(1.0, self.peak) and first:
            raise Unknown("a root of what may be zero")
        if name == "sqrt":
            return self.seen(cmath.sqrt(first))
        if name == "root":
            degree = self.whole(args[1])
            if degree % 2 and not first.imag and first.real < 0:
                return complex(-((-first.real) ** (1 / degree)))
            return first ** (1 / degree)
        simple = ELEMENTARY.get(name)
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
            return complex(math.floor(self.between(first)))
        if name == "ceil":
            return complex(math.ceil(self.between(first)))
        if name == "sign":
            value = self.between(first)
            return complex((value > 0) - (value < 0))
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
        self.terms = getattr(self, "terms", 0) + 80 * max(1, sum(1 for _ in nodes(body)) // 10)
        if self.terms > 7_000:  # one integral within another
            raise TooBig("integrals within integrals")

        area = 0.0

        def integrate(pieces: int) -> complex:
            nonlocal area
            total, area = 0j, 0.0
            for piece in range(pieces):  # of uneven width, or the two sides of a pole would cancel
                low, high = ((k / pieces) ** 1.07 for k in (piece, piece + 1))
                width = (b - a) * (high - low)
                middle = a + (b - a) * low + width / 2
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
