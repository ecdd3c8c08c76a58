"""Terms put together: sums, multiples, powers, polynomials."""

from fractions import Fraction
from random import Random

from tests.answers.math_terms import Term

SQUAREFREE = [2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 17, 19, 21, 22, 23]
COPRIME = [(1, 2), (1, 3), (2, 3), (3, 4), (2, 5), (5, 6), (4, 7), (7, 9), (5, 12), (11, 8), (9, 4), (7, 3), (22, 7)]


def nonzero(rng: Random, most: int = 9) -> int:
    return rng.choice([-1, 1]) * rng.randint(1, most)


def shuffled(rng: Random, terms: list[Term]) -> list[Term]:
    return rng.sample(terms, len(terms))


def total(*terms: Term) -> Term:
    kept = [term for term in terms if term != 0]
    return ("+", *kept) if len(kept) > 1 else kept[0] if kept else 0


def times(factor: "int | Fraction", term: Term) -> Term:
    if factor in (0, 1) or term == 1:
        return 0 if factor == 0 else term if factor == 1 else factor
    if factor == -1:
        return ("neg", term)
    return ("*", factor, *term[1:]) if isinstance(term, tuple) and term[0] == "*" else ("*", factor, term)


def power(base: Term, exponent: int) -> Term:
    return 1 if exponent == 0 else base if exponent == 1 else ("^", base, exponent)


def polynomial(coefficients: list[int], name: Term = "x") -> list[Term]:
    """The terms, from the constant up; at least one of them is not 0."""
    return [times(c, power(name, k)) for k, c in enumerate(coefficients) if c]


def multiply(one: list[int], two: list[int]) -> list[int]:
    product = [0] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            product[i + j] += a * b
    return product
