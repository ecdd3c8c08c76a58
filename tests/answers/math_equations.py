"""Equations: lines, conics, parabolas, antiderivatives."""

from fractions import Fraction
from random import Random

from tests.answers.math_base import Answers
from tests.answers.math_build import nonzero, polynomial, shuffled, times, total
from tests.answers.math_terms import Term, some_pen, write


def line(rng: Random) -> Answers:
    a, b, c, k = nonzero(rng), nonzero(rng), nonzero(rng), rng.choice([-3, -2, -1, 2, 3, 4])
    slope, height = Fraction(-a, b), Fraction(c, b)

    def side(*parts: "tuple[int | Fraction, Term]") -> Term:
        return total(*(times(factor, name) for factor, name in parts if factor))

    def spelled(left: Term, right: Term, sign: str = "=") -> str:
        pen = some_pen(rng)
        return f"{write(left, pen)} {sign} {write(right, pen)}"

    def standard(p: int, q: int, s: int) -> str:
        return spelled(side((p, "x"), (q, "y")), s)

    right = [standard(a, b, c), standard(k * a, k * b, k * c), spelled(side((a, "x"), (b, "y"), (-c, 1)), 0)]
    right += [
        spelled("y", side((slope, "x"), (height, 1))),
        spelled(side((slope, "x"), (height, 1)), "y"),
        spelled(side((b, "y")), side((-a, "x"), (c, 1))),
    ]
    right += [
        spelled(0, side((k * a, "x"), (k * b, "y"), (-k * c, 1))),
        spelled("x", side((Fraction(-b, a), "y"), (Fraction(c, a), 1))),
    ]
    misses = [
        standard(a, -b, c),
        standard(a, b, c + 10),
        standard(a, b, -c),
        standard(a + 10, b, c),
        standard(k * a, k * b, c),
    ]
    misses += [
        spelled(side((a, "x"), (b, "y")), c, ">"),
        spelled(side((b, "x"), (a, "y")), c) if a != b else standard(a, b + 10, c),
    ]
    return Answers(tuple(right), tuple(misses))


def conic(rng: Random) -> Answers:
    a, b, n, k = nonzero(rng), nonzero(rng), rng.randint(1, 50), rng.randint(2, 4)
    rest = n - a * a - b * b

    def squares(p: int, q: int) -> Term:
        return ("+", ("^", total("x", -p), 2), ("^", total("y", -q), 2))

    def spelled(left: Term, right: Term) -> str:
        pen = some_pen(rng)
        return f"{write(left, pen)} = {write(right, pen)}"

    terms: list[Term] = [("^", "x", 2), ("^", "y", 2), times(-2 * a, "x"), times(-2 * b, "y")]
    right = [spelled(squares(a, b), n), spelled(total(*terms), rest), spelled(total(*shuffled(rng, terms), -rest), 0)]
    right += [spelled(n, squares(a, b)), spelled(("*", k, squares(a, b)), k * n)]
    misses = [
        spelled(squares(-a, b), n),
        spelled(squares(a, b), n + 1),
        spelled(total(*terms), rest + 1),
        spelled(("*", k, squares(a, b)), n),
    ]
    misses.append(spelled(("+", ("^", total("x", -a), 2), ("neg", ("^", total("y", -b), 2))), n))
    return Answers(tuple(right), tuple(misses))


def parabola(rng: Random) -> Answers:
    r, s, a = nonzero(rng), nonzero(rng), rng.choice([1, 2, 3, -1, -2])
    expanded = total(*polynomial([a * r * s, -a * (r + s), a])[::-1])
    product: Term = ("*", *([a] if a != 1 else []), total("x", -r), total("x", -s))

    def spelled(left: Term, right: Term) -> str:
        pen = some_pen(rng)
        return f"{write(left, pen)} = {write(right, pen)}"

    right = [
        spelled("y", expanded),
        spelled("y", product),
        spelled(expanded, "y"),
        spelled(total("y", *polynomial([-a * r * s, a * (r + s), -a])), 0),
    ]
    misses = [
        spelled("y", total(expanded, 1)),
        spelled(("neg", "y"), expanded),
        spelled("x", write_in_y(expanded)),
        spelled("y", ("neg", expanded)),
    ]
    return Answers(tuple(right), tuple(misses))


def write_in_y(term: Term) -> Term:
    if isinstance(term, tuple):
        return tuple(write_in_y(part) if index else part for index, part in enumerate(term))
    return "y" if term == "x" else term


def antiderivative(rng: Random) -> Answers:
    coefficients = [0, nonzero(rng), nonzero(rng), rng.randint(0, 3)]
    terms = polynomial(coefficients)

    def spelled(items: list[Term], constant: str) -> str:
        return write(total(*items, constant) if constant else total(*items), some_pen(rng))

    right = [
        spelled(terms[::-1], "C"),
        spelled(terms, "C"),
        spelled(terms[::-1], "K"),
        spelled(shuffled(rng, terms), "C"),
    ]
    off = polynomial([0, coefficients[1] + 10, *coefficients[2:]])
    return Answers(tuple(right), (spelled(terms, ""), spelled(off, "C"), spelled([*terms, ("^", "x", 5)], "C")))
