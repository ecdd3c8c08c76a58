"""Formulas of variables, equal for a reason, and near misses: neither a verifier nor sympy is needed to know.

Each function draws one family and returns (equal terms, other terms). The first of the equal terms is the plain one.
"""

from random import Random

from tests.answers.math_build import multiply, nonzero, polynomial, shuffled, times, total
from tests.answers.math_terms import Term

Family = tuple[list[Term], list[Term]]


def factored(rng: Random) -> Family:
    x = rng.choice(["x", "t", "n", "a"])
    factors = [[nonzero(rng), rng.choice([1, 1, 1, 2, 3])] for _ in range(rng.choice([2, 2, 3]))]
    product = [1]
    for factor in factors:
        product = multiply(product, factor)
    terms = polynomial(product, x)
    lines: list[Term] = [total(*polynomial(factor, x)[::-1]) for factor in factors]
    horner: Term = product[-1]
    for c in product[-2::-1]:
        horner = total(x if horner == 1 else ("*", x, horner), c)
    first: Term = ("*", total(*polynomial(multiply(*factors[:2]), x)[::-1]), *lines[2:]) if lines[2:] else total(*terms)
    equal = [
        total(*terms[::-1]),
        ("*", *lines),
        ("*", *shuffled(rng, lines)),
        total(*terms),
        horner,
        first,
        total(*shuffled(rng, terms)),
    ]
    at = rng.randrange(len(product))
    off = [c + (k == at) for k, c in enumerate(product)]
    flipped: Term = total(*polynomial([-factors[0][0], factors[0][1]], x)[::-1])
    others: list[Term] = [
        total(*polynomial(off, x)[::-1]),
        ("*", flipped, *lines[1:]),
        total(*polynomial([-c for c in product], x)[::-1]),
    ]
    return equal, [
        *others,
        total(*polynomial(product, "y")[::-1]),
        ("*", *lines, x),
        ("*", *lines[1:]),
        total(*terms, 1),
    ]


def two_names(rng: Random) -> Family:
    a, b, c, d = (nonzero(rng) for _ in range(4))
    x, y = rng.choice([("x", "y"), ("a", "b"), ("m", "n")])
    terms = [times(a * c, ("^", x, 2)), times(a * d + b * c, ("*", x, y)), times(b * d, ("^", y, 2))]
    one, two = total(times(a, x), times(b, y)), total(times(c, x), times(d, y))
    turned = [times(b * d, ("^", y, 2)), times(a * d + b * c, ("*", y, x)), times(a * c, ("^", x, 2))]
    equal = [total(*terms), ("*", one, two), ("*", two, one), total(*turned), total(*shuffled(rng, terms))]
    others = [total(*terms[:2], times(b * d + 20 * b * d, ("^", y, 2))), ("*", one, total(times(c, x), times(-d, y)))]
    return equal, [*others, total(*terms, ("*", x, y)), total(*terms, 1), total(times(a * c, ("^", x, 3)), *terms[1:])]


def rational_function(rng: Random) -> Family:
    r, s = rng.sample([n for n in range(-9, 10) if n], 2)
    a, b = nonzero(rng), nonzero(rng)
    low, high = total("x", -r), total("x", -s)
    above = total(*polynomial([-a * s - b * r, a + b])[::-1])  # a(x - s) + b(x - r), never 0: r and s differ
    below = total(*polynomial([r * s, -r - s, 1])[::-1])
    equal = [("/", above, below), ("/", above, ("*", low, high)), ("+", ("/", a, low), ("/", b, high))]
    equal += [("+", ("/", b, high), ("/", a, low)), ("/", ("neg", above), ("neg", below))]
    others: list[Term] = [
        ("+", ("/", a, low), ("/", b + 10, high)),
        ("+", ("/", a, low), ("/", -b, high)),
        ("/", above, low),
    ]
    return equal, [
        *others,
        ("/", above, total(*polynomial([r * s + 1, -r - s, 1])[::-1])),
        ("/", above, ("*", low, ("^", high, 2))),
    ]


def cancelled(rng: Random) -> Family:
    r, a, b = nonzero(rng), rng.randint(1, 5), nonzero(rng)
    over = total(*polynomial(multiply([b, a], [-r, 1]))[::-1])
    simple = total(*polynomial([b, a])[::-1])
    return [simple, ("/", over, total("x", -r))], [
        ("/", over, total("x", -r, 1) if r != 1 else "x"),
        total(*polynomial([b + 1, a])[::-1]),
        over,
    ]


def exponential(rng: Random) -> Family:
    a, b = rng.randint(2, 9), nonzero(rng)
    if rng.random() < 0.5:
        top = total(times(a, "x"), b)
        equal = [("^", "e", top), ("*", ("^", "e", times(a, "x")), ("^", "e", b)), ("^", "e", total(b, times(a, "x")))]
        equal += [("/", ("^", "e", times(a, "x")), ("^", "e", -b))]
        return equal, [
            ("^", "e", total(times(a, "x"), -b)),
            ("^", "e", times(a + 1, "x")),
            total(("^", "e", times(a, "x")), b),
            ("*", a, ("^", "e", "x")),
        ]
    base = rng.choice([2, 3, 5])
    k = rng.randint(1, 4)
    equal = [
        ("^", base, total("n", k)),
        ("*", base**k, ("^", base, "n")),
        ("*", ("^", base, "n"), ("^", base, k)) if k > 1 else ("*", base, ("^", base, "n")),
    ]
    equal += [("/", ("^", base, total("n", k + 1)), base)]
    return equal, [
        ("^", base, total("n", -k)),
        ("^", base, total("n", k + 1)),
        ("^", base + 1, total("n", k)),
        total(("^", base, "n"), base**k),
    ]


def trigonometry(rng: Random) -> Family:
    x = rng.choice(["x", "t"])
    k, c = rng.choice([1, 1, 2, 3]), rng.choice([1, 2, 3, 5])
    u, twice = times(k, x), times(2 * k, x)
    sine, cosine = ("sin", u), ("cos", u)
    square = {"sin": ("^", sine, 2), "cos": ("^", cosine, 2)}
    families: list[Family] = [
        (
            [times(c, ("sin", twice)), ("*", 2 * c, sine, cosine), ("*", 2 * c, cosine, sine)],
            [
                times(c, ("cos", twice)),
                ("*", c, sine, cosine),
                ("*", 2 * c + 1, sine, cosine),
                times(2 * c, sine),
                times(-c, ("sin", twice)),
            ],
        ),
        (
            [
                ("cos", twice),
                ("+", 1, ("*", -2, square["sin"])),
                ("+", ("*", 2, square["cos"]), -1),
                ("+", square["cos"], ("neg", square["sin"])),
            ],
            [
                ("+", 1, ("*", 2, square["sin"])),
                ("+", ("*", 2, square["sin"]), -1),
                ("+", square["cos"], square["sin"]),
                ("*", 2, cosine),
            ],
        ),
        (
            [
                ("^", ("sec", u), 2),
                ("/", 1, square["cos"]),
                ("+", 1, ("^", ("tan", u), 2)),
                ("/", 1, ("+", 1, ("neg", square["sin"]))),
            ],
            [("/", 1, square["sin"]), ("+", ("^", ("tan", u), 2), -1), ("sec", u), ("/", 1, cosine)],
        ),
        (
            [
                ("tan", u),
                ("/", sine, cosine),
                ("/", ("sin", twice), ("*", 2, square["cos"])),
                ("/", ("*", 2, sine), ("*", 2, cosine)),
            ],
            [("/", cosine, sine), ("neg", ("tan", u)), ("/", ("sin", twice), ("*", 2, square["sin"])), sine],
        ),
        (
            [("+", sine, cosine), ("+", cosine, sine), ("*", ("sqrt", 2), ("sin", ("+", u, ("/", "pi", 4))))],
            [
                ("+", sine, ("neg", cosine)),
                ("*", ("sqrt", 2), ("sin", ("+", u, ("neg", ("/", "pi", 4))))),
                ("sin", twice),
                ("*", 2, sine),
            ],
        ),
    ]
    return rng.choice(families)


def powers(rng: Random) -> Family:
    a, b = rng.randint(2, 6), rng.randint(2, 6)
    if rng.random() < 0.5:
        equal: list[Term] = [
            ("^", "x", a + b),
            ("*", ("^", "x", a), ("^", "x", b)),
            ("/", ("^", "x", a + 2 * b), ("^", "x", b)),
            ("*", "x", ("^", "x", a + b - 1)),
        ]
        return equal, [
            ("^", "x", a * b + 1),
            ("^", "x", a + b - 1),
            ("*", a + b, "x"),
            ("+", ("^", "x", a), ("^", "x", b)),
            ("^", "y", a + b),
        ]
    equal = [("/", a, ("^", "x", b)), ("*", a, ("^", "x", -b)), ("/", ("*", a, "x"), ("^", "x", b + 1))]
    return equal, [
        ("*", a, ("^", "x", b)),
        ("/", a, ("^", "x", b + 1)),
        ("/", a + 1, ("^", "x", b)),
        ("/", ("^", "x", b), a),
        ("/", -a, ("^", "x", b)),
    ]


def absolute(rng: Random) -> Family:
    a, k = nonzero(rng), rng.randint(2, 5)
    equal = [
        ("abs", total("x", -a)),
        ("abs", total(a, ("neg", "x")) if a > 0 else total(("neg", "x"), a)),
        ("/", ("abs", total(times(k, "x"), -k * a)), k),
    ]
    return equal, [
        total("x", -a),
        total(a, ("neg", "x")),
        ("abs", total("x", a)),
        ("abs", "x"),
        ("neg", ("abs", total("x", -a))),
    ]


FUNCTIONS = {
    "polynomial": factored,
    "two names": two_names,
    "rational function": rational_function,
    "cancelled": cancelled,
    "exponential": exponential,
    "trigonometry": trigonometry,
    "power": powers,
    "absolute": absolute,
}
