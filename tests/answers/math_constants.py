"""Formulas without a variable, equal for a reason, and near misses: neither a verifier nor sympy is needed to know.

Each function draws one family and returns (equal terms, other terms). The first of the equal terms is the plain one.
"""

import math
from fractions import Fraction
from random import Random

from tests.answers.math_build import COPRIME, SQUAREFREE, nonzero, times, total
from tests.answers.math_terms import Term

Family = tuple[list[Term], list[Term]]


def fraction(rng: Random) -> Family:
    n, d = rng.choice(COPRIME)
    n *= rng.choice([-1, 1])
    k, part = rng.randint(2, 9), nonzero(rng)
    rest = Fraction(n, d) - part
    equal = [Fraction(n, d), ("/", k * n, k * d), ("/", -n, -d), ("*", n, Fraction(1, d)), total(part, rest)]
    return equal, [Fraction(n + d, d), Fraction(n * 100 + 1, d * 100), Fraction(-n, d), ("/", d, n)]


def integer(rng: Random) -> Family:
    n = nonzero(rng, 10 ** rng.randint(1, 6))
    a, b = nonzero(rng, 99), rng.randint(2, 12)
    equal = [n, ("+", n - a, a) if n != a else n, ("/", n * b, b), ("neg", -n), total(1, n - 1)]
    return equal, [n + 1, n - 1, -n, 10 * n, n * 100 + 1, ("*", n, "x"), ("*", n, "i")]


def huge(rng: Random) -> Family:
    base, k, n = rng.choice([2, 3, 5, 7]), rng.choice([2, 3, 4]), rng.randint(10, 60)
    equal = [("^", base, k * n), ("^", base**k, n), ("*", base, ("^", base, k * n - 1)), base ** (k * n)]
    return equal, [("+", ("^", base, k * n), 1), ("^", base, k * n - 1), base ** (k * n) - 1, ("*", base, k * n)]


def surd(rng: Random) -> Family:
    a, b, c, d = nonzero(rng), nonzero(rng), rng.choice(SQUAREFREE), rng.randint(2, 9)
    root: Term = ("sqrt", c)
    norm = a * a - b * b * c  # never 0: c is no square
    equal: list[Term] = [
        ("/", total(a, times(b, root)), d),
        ("/", total(times(b, root), a), d),
        total(Fraction(a, d), times(Fraction(b, d), root)),
        ("*", Fraction(1, d), total(a, times(b, root))),
        ("/", norm, ("*", d, total(a, times(-b, root)))),
        ("/", total(-a, times(-b, root)), -d),
        ("/", total(a, times(b, ("^", c, Fraction(1, 2)))), d),
        ("/", total(a, times(1 if b > 0 else -1, ("sqrt", b * b * c))), d),
    ]
    others: list[Term] = [
        ("/", total(a, times(-b, root)), d),
        ("/", total(-a, times(b, root)), d),
        ("/", total(a + 1, times(b, root)), d),
        ("/", total(a, times(b, ("sqrt", c + 1))), d),
        ("/", total(a, times(b, root)), d + 1),
        total(a, ("/", times(b, root), d)),
        ("/", total(a, b * c), d),
    ]
    return equal, others


def root(rng: Random) -> Family:
    k, c = rng.randint(2, 9), rng.choice(SQUAREFREE)
    if rng.random() < 0.3:
        equal = [("*", k, ("root", 3, c)), ("root", 3, k**3 * c), ("*", k, ("^", c, Fraction(1, 3)))]
        return equal, [("*", k, ("sqrt", c)), ("root", 3, k * c), ("*", k + 1, ("root", 3, c)), ("sqrt", k**3 * c)]
    half: Term = ("sqrt", c)
    equal = [("*", k, half), ("sqrt", k * k * c), ("/", k * c, half), ("*", k, ("^", c, Fraction(1, 2)))]
    equal += [("+", half, times(k - 1, half)), ("/", ("*", 2 * k, half), 2)]
    return equal, [("*", -k, half), ("+", k, half), ("sqrt", k * c), ("*", k, ("sqrt", c + 1)), ("*", k + 1, half)]


def nested(rng: Random) -> Family:
    a, b = rng.sample([1, 2, 3, 5, 6, 7, 10, 11], 2)
    inner: Term = ("*", 2, ("sqrt", a * b))
    parts: list[Term] = [1 if n == 1 else ("sqrt", n) for n in (a, b)]
    equal = [("+", *parts), ("+", *parts[::-1]), ("sqrt", ("+", a + b, inner)), ("sqrt", ("+", inner, a + b))]
    return equal, [
        ("sqrt", ("+", a + b, ("neg", inner))),
        ("sqrt", ("+", a + b + 1, inner)),
        ("sqrt", a + b),
        ("+", *parts, 1),
    ]


def several_roots(rng: Random) -> Family:
    a, b = rng.sample([2, 3, 5, 7, 11, 13], 2)
    c = nonzero(rng)
    one, two = ("sqrt", a), ("sqrt", b)
    equal = [
        total(one, two, c),
        total(c, two, one),
        ("+", ("/", a - b, ("+", one, ("neg", two))), c),
        ("+", ("sqrt", ("+", a + b, ("*", 2, ("sqrt", a * b)))), c),
    ]
    return equal, [
        total(one, ("neg", two), c),
        total(("sqrt", a + b), c),
        total(one, two, -c),
        total(one, two, c + 1),
        total(one, ("sqrt", b + 1), c),
    ]


def circle(rng: Random) -> Family:
    n, d = rng.choice(COPRIME)
    n *= rng.choice([-1, 1])
    equal = [
        times(Fraction(n, d), "pi"),
        ("/", times(n, "pi"), d),
        ("/", times(2 * n, "pi"), 2 * d),
        ("*", "pi", Fraction(n, d)),
    ]
    others: list[Term] = [
        Fraction(n, d),
        times(Fraction(n + 1, d) if n != -1 else Fraction(1, d), "pi"),
        times(Fraction(-n, d), "pi"),
    ]
    return equal, [*others, total(times(Fraction(n, d), "pi"), 1), times(Fraction(n, d + 1), "pi")]


def complex_number(rng: Random) -> Family:
    a, b, c, d = nonzero(rng), nonzero(rng), nonzero(rng, 5), nonzero(rng, 5)

    def gauss(real: int, imaginary: int) -> Term:
        return total(real, times(imaginary, "i"))

    equal = [
        gauss(a, b),
        total(times(b, "i"), a),
        ("/", gauss(a * c - b * d, a * d + b * c), gauss(c, d)),
        total(a + c, times(b, "i"), -c),
        total(("*", a, ("^", "i", 4)), times(b, "i")) if a != 1 else gauss(a, b),
        ("*", "i", gauss(b, -a)),
    ]
    others = [gauss(a, -b), gauss(-a, b), gauss(a + 10, b), gauss(a, b + 10), total(a, b) if a + b else 1]
    return equal, [*others, gauss(b, a) if a != b else gauss(a, b + 1)]


def logarithm(rng: Random) -> Family:
    a, b = rng.sample([3, 5, 7, 11, 13], 2)
    k = rng.randint(2, 5)
    if rng.random() < 0.4:
        equal = [
            ("ln", a * b),
            ("+", ("ln", a), ("ln", b)),
            ("+", ("ln", b), ("ln", a)),
            ("/", ("ln", (a * b) ** 2), 2),
        ]
        equal += [("neg", ("ln", Fraction(1, a * b)))]
        return equal, [
            ("ln", a + b),
            ("*", ("ln", a), ("ln", b)),
            ("neg", ("ln", a * b)),
            ("ln", a * b + 1),
            ("ln", Fraction(a, b)),
        ]
    if rng.random() < 0.5:
        equal = [
            ("*", k, ("ln", a)),
            ("ln", a**k),
            ("neg", ("*", k, ("ln", Fraction(1, a)))),
            ("+", ("ln", a), ("*", k - 1, ("ln", a)) if k > 2 else ("ln", a)),
        ]
        return equal, [("^", ("ln", a), k), ("*", k + 1, ("ln", a)), ("ln", a * k), ("ln", a**k + 1)]
    equal = [
        ("log", a, b),
        ("/", ("ln", b), ("ln", a)),
        ("/", 1, ("log", b, a)),
        ("/", ("log", a, b**2), 2),
        ("+", ("log", a, a * b), -1),
    ]
    return equal, [
        ("log", b, a),
        ("log", a, b + 1),
        ("neg", ("log", a, b)),
        ("/", ("ln", a), ("ln", b)),
        Fraction(b, a),
    ]


def special_angle(rng: Random) -> Family:
    r2, r3 = ("sqrt", 2), ("sqrt", 3)
    families: list[Family] = [
        (
            [("/", r3, 2), ("sin", ("/", "pi", 3)), ("cos", ("/", "pi", 6)), ("*", Fraction(1, 2), r3)],
            [("cos", ("/", "pi", 3)), ("neg", ("/", r3, 2)), ("/", r2, 2)],
        ),
        (
            [("/", r2, 2), ("cos", ("/", "pi", 4)), ("/", 1, r2), ("sin", ("/", ("*", 3, "pi"), 4))],
            [r2, ("cos", ("/", ("*", 3, "pi"), 4)), Fraction(1, 2)],
        ),
        (
            [("+", 2, ("neg", r3)), ("tan", ("/", "pi", 12)), ("/", 1, ("+", 2, r3))],
            [("+", 2, r3), ("+", r3, -2), ("tan", ("/", "pi", 6))],
        ),
        (
            [("/", ("+", 1, ("sqrt", 5)), 4), ("cos", ("/", "pi", 5)), ("/", 1, ("+", ("sqrt", 5), -1))],
            [("/", ("+", -1, ("sqrt", 5)), 4), ("cos", ("/", "pi", 6)), ("cos", ("/", ("*", 2, "pi"), 5))],
        ),
    ]
    return rng.choice(families)


def counting(rng: Random) -> Family:
    n = rng.randint(5, 10)
    k = rng.randint(2, (n - 1) // 2)  # below the middle: the next coefficient is another
    choose = math.comb(n, k)
    if rng.random() < 0.5:
        equal = [("binom", n, k), ("binom", n, n - k), choose, ("/", ("!", n), ("*", ("!", k), ("!", n - k)))]
        return equal, [("binom", n + 1, k), choose + 1, ("/", ("!", n), ("!", k + 1)), ("binom", n, k - 1), -choose]
    equal = [("!", n), math.factorial(n), ("*", n, ("!", n - 1)), ("/", ("!", n + 1), n + 1)]
    return equal, [("!", n - 1), ("!", n + 1), math.factorial(n) + 1, n, ("^", n, n)]


CONSTANTS = {
    "fraction": fraction,
    "integer": integer,
    "huge": huge,
    "surd": surd,
    "root": root,
    "nested root": nested,
    "several roots": several_roots,
    "pi": circle,
    "complex": complex_number,
    "logarithm": logarithm,
    "special angle": special_angle,
    "counting": counting,
}
