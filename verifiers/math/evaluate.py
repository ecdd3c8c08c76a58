"""What an expression comes to: exactly, modulo a prime, in doubles, or to any number of digits."""

from __future__ import annotations

import cmath
import functools
import math
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from .tree import Node, number, replace_symbol

MAX_BITS = 40_000  # in any exact value on the way
MAX_WORK = 4_000_000  # bits of exact values over all steps together
MAX_TERMS = 1_000  # of a sum or a product
PRIME = 109823776281803382987755866906968205751  # 127 bits, of no special form


class Unknown(ArithmeticError):
    """This kind of arithmetic does not reach so far."""


class TooBig(Unknown):
    """It is more work than we do."""


def walk(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """The node's value in a field, with the variables from env. Raises Unknown, ZeroDivisionError or OverflowError."""
    kind = node.kind
    if kind == "num":
        return field.number(node.value)
    if kind == "decimal":
        return field.number(node.value.number)
    if kind == "sym":
        if node.value not in env:
            raise Unknown(f"the variable {node.value}")
        return env[node.value]
    if kind == "const":
        return field.constant(node.value)
    if kind == "call":
        if node.value == "det":
            return determinant(node.args[0], field, env)
        return field.call(node.value, [walk(arg, field, env) for arg in node.args], node)
    if kind == "neg":
        return field.seen(-walk(node.args[0], field, env))
    if kind == "add":
        total = walk(node.args[0], field, env)
        for arg in node.args[1:]:
            total = field.seen(total + walk(arg, field, env))
        return total
    if kind == "mul":
        product = walk(node.args[0], field, env)
        for arg in node.args[1:]:
            product = field.seen(product * walk(arg, field, env))
        return product
    if kind == "div":
        return field.seen(field.divide(walk(node.args[0], field, env), walk(node.args[1], field, env)))
    if kind == "pow":
        return field.seen(field.power(walk(node.args[0], field, env), node.args[1], env, node.args[0]))
    if kind == "degrees":
        return field.seen(walk(node.args[0], field, env) * field.constant("pi") * field.number(Fraction(1, 180)))
    if kind == "big":
        return big(node, field, env)
    if kind == "diff":
        return field.derivative(node, env)
    if kind == "dots":
        return dots(node, field, env)
    raise Unknown(f"a {kind} is no number")


def big(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """A sum or product from index to index; integrals and limits only where the field can."""
    variable, low, high, body = node.args
    if node.value in ("int", "lim"):
        return field.analysis(node, env)
    first, last = field.whole(walk(low, field, env)), field.whole(walk(high, field, env))
    if last - first >= MAX_TERMS:
        raise TooBig(f"more than {MAX_TERMS} terms")
    total = field.number(Fraction(0 if node.value == "sum" else 1))
    for index in range(first, last + 1):
        term = walk(body, field, {**env, variable.value: field.number(Fraction(index))})
        total = field.seen(total + term if node.value == "sum" else total * term)
    return total


def dots(node: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """1 + 2 + ... + n by its first terms' common difference, else their common ratio."""
    terms = [walk(arg, field, env) for arg in node.args]
    first, last = field.exact(terms[0]), field.exact(terms[-1])
    known = [field.exact(term) for term in terms[:-1]]
    if len(known) < 2:
        raise Unknown("a sum whose step is not written")
    step = known[1] - known[0]
    if step and all(b - a == step for a, b in zip(known, known[1:])):
        count = (last - first) / step + 1
        if count.denominator == 1 and count >= len(known):
            return field.number((first + last) / 2 * count)
    if len(known) > 2 and known[0]:
        ratio = known[1] / known[0]
        if all(b == a * ratio for a, b in zip(known, known[1:])) and ratio not in (0, 1, -1):
            total, term = Fraction(0), first
            for _ in range(MAX_TERMS):
                total += term
                if term == last:
                    return field.number(total)
                term *= ratio
    raise Unknown("a sum whose terms follow no rule that we know")


def determinant(matrix: Node, field: Any, env: Mapping[str, Any]) -> Any:
    """By the first row: up to 4 × 4."""
    if matrix.kind != "matrix" or matrix.value[0] != matrix.value[1] or matrix.value[0] > 4:
        raise Unknown("a determinant of this shape")
    size = matrix.value[0]
    rows = [[walk(cell, field, env) for cell in matrix.args[size * r : size * (r + 1)]] for r in range(size)]

    def expand(rows: list[list[Any]]) -> Any:
        if len(rows) == 1:
            return rows[0][0]
        total = field.number(Fraction(0))
        for column, cell in enumerate(rows[0]):
            part = cell * expand([row[:column] + row[column + 1 :] for row in rows[1:]])
            total = total + part if column % 2 == 0 else total - part
        return field.seen(total)

    return expand(rows)


def rational_exponent(node: Node) -> Fraction | None:
    """The exponent where it is written as a rational number."""
    try:
        return walk(node, Exact(), {})
    except (ArithmeticError, ValueError):
        return None


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

    def derivative(self, node: Node, env: Mapping[str, Any]) -> Fraction:
        raise Unknown("a derivative is not rational arithmetic")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> Fraction:
        raise Unknown("analysis is not rational arithmetic")

    def call(self, name: str, args: list[Fraction], node: Node) -> Fraction:
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
        if base is None or base <= 0 or base == 1 or value.numerator.bit_length() + value.denominator.bit_length() > 4000:
            raise Unknown("a logarithm that is not rational")
        near = math.log(value) / math.log(base)
        guess = Fraction(near).limit_denominator(60)
        if abs(guess) < 4000 and abs(guess - Fraction(near)) < Fraction(1, 10**9):
            if self.raised(base, guess.numerator) == self.raised(value, guess.denominator):
                return guess
        raise Unknown("a logarithm that is not rational")


class Modular:
    """Rational functions modulo a prime, π and e as variables of their own: equal residues at a random point."""

    CONSTANTS = {"pi": 98765432101234567890123456789012345671 % PRIME, "e": 31415926535897932384626433832795028841 % PRIME}

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

    def derivative(self, node: Node, env: Mapping[str, Any]) -> int:
        raise Unknown("a derivative has no residue")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> int:
        raise Unknown("analysis has no residue")

    def call(self, name: str, args: list[int], node: Node) -> int:
        raise Unknown(f"{name} has no residue")


class Double:
    """Complex numbers in double precision; `peak` is the largest on the way."""

    def __init__(self) -> None:
        self.peak = 0.0

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

    def derivative(self, node: Node, env: Mapping[str, Any]) -> complex:
        raise Unknown("a derivative in double precision")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> complex:
        variable, low, high, body = node.args
        if node.value == "lim":
            raise Unknown("a limit in double precision")
        a, b = self.real(walk(low, self, env)), self.real(walk(high, self, env))

        def integrate(pieces: int) -> complex:
            total, width = 0j, (b - a) / pieces
            for piece in range(pieces):
                middle = a + (piece + 0.5) * width
                for x, weight in _GAUSS:
                    for sign in (1, -1):
                        at = {**env, variable.value: complex(middle + sign * x * width / 2)}
                        total += weight * width / 2 * walk(body, self, at)
            return total

        coarse, fine = integrate(3), integrate(5)
        if abs(coarse - fine) > 1e-11 * (1 + abs(fine)):
            raise TooBig("an integral that does not settle")
        return self.seen(fine)


_DOUBLE: dict[str, Callable[[complex], complex]] = {
    **{name: getattr(cmath, name) for name in ("sin", "cos", "tan", "exp", "asin", "acos", "atan", "sinh", "cosh")},
    **{name: getattr(cmath, name) for name in ("tanh", "asinh", "acosh", "atanh")},
    **{"sec": lambda z: 1 / cmath.cos(z), "csc": lambda z: 1 / cmath.sin(z), "cot": lambda z: 1 / cmath.tan(z)},
    **{"acot": lambda z: cmath.pi / 2 - cmath.atan(z), "asec": lambda z: cmath.acos(1 / z), "acsc": lambda z: cmath.asin(1 / z)},
    "coth": lambda z: 1 / cmath.tanh(z),
}
_GAUSS = (
    *((0.1488743389816312, 0.2955242247147529), (0.4333953941292472, 0.2692667193099963)),
    *((0.6794095682990244, 0.2190863625159820), (0.8650633666889845, 0.1494513491505806)),
    (0.9739065285171717, 0.0666713443086881),
)
"""Half of the places and weights of Gauss's rule with ten points."""
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
            raise Unknown("infinity is no number")
        return {"pi": self.mp.pi, "e": self.mp.e, "i": self.mp.mpc(0, 1)}[name] * 1

    def seen(self, value: Any) -> Any:
        self.steps += 1
        if self.steps > 20_000:
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
            return self.seen(getattr(mp, name)(self.small(first, 30 if name in ("exp", "sinh", "cosh", "tanh", "coth") else 400)))
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
            return max(args) if name == "max" else min(args)
        raise Unknown(f"{name} to many digits")

    def analysis(self, node: Node, env: Mapping[str, Any]) -> Any:
        raise Unknown("analysis to many digits")

    def derivative(self, node: Node, env: Mapping[str, Any]) -> Any:
        variable, body = node.args
        step = self.mp.mpf(10) ** (-self.mp.dps // 3)
        at = env[variable.value]
        ahead, behind = (walk(body, self, {**env, variable.value: at + sign * step}) for sign in (1, -1))
        return (ahead - behind) / (2 * step)


def _root(value: int, degree: int) -> int | None:
    """The whole root, if it is one."""
    if degree == 2:
        root = math.isqrt(value)
    else:
        root = round(value ** (1 / degree)) if value < 2**1000 else 0
    return root if root**degree == value else None


def _lcm(a: int, b: int) -> int:
    return a * b // math.gcd(a, b) if a and b else 0


def limit_value(node: Node, target: Node, side: int) -> list[Node]:
    """The body of a limit at places that come close to the target, as expressions to be evaluated."""
    variable, _, body, _ = node.args
    if target.kind == "const" and target.value == "infinity":
        places = [number(10**k) for k in (20, 22)]
    elif target.kind == "neg" and target.args[0].kind == "const" and target.args[0].value == "infinity":
        places = [number(-(10**k)) for k in (20, 22)]
    else:
        signs = [side] if side else [1, -1]
        places = [Node("add", (target, number(Fraction(sign, 10**20)))) for sign in signs]
    return [replace_symbol(body, variable.value, place) for place in places]
