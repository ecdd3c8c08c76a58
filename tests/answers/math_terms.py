"""Formulas as small trees, to be written by different hands: LaTeX, plain text, Python, unicode.

A term is an int, a Fraction, a name ("x", "pi", "e", "i") or a tuple: ("+", …), ("*", …), ("/", a, b), ("^", a, b),
("neg", a), ("sqrt", a), ("root", n, a), ("abs", a), ("!", n), ("binom", n, k), ("log", base, a), ("sin", a) …
"""

import cmath
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

Term = int | Fraction | str | tuple[Any, ...]
NAMES = {"latex": {"pi": "\\pi "}, "unicode": {"pi": "π"}}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUM, DIVISION, PRODUCT, FRACTION, POWER, ATOM = range(6)  # how tightly a text holds together
Written = tuple[str, int]


@dataclass(frozen=True)
class Pen:
    """One hand and its habits."""

    dialect: str = "latex"
    frac: str = "\\frac"
    dot: str = "\\cdot "
    braces: bool = True
    """x^{2} and not x^2."""
    gaps: bool = False
    """a + b and not a+b."""
    bare: bool = False
    r"""\sin x and not \sin(x)."""

    @property
    def latex(self) -> bool:
        return self.dialect == "latex"


def some_pen(rng: random.Random, dialect: str = "") -> Pen:
    dialect = dialect or rng.choice(["latex", "latex", "plain", "python", "unicode"])
    return Pen(
        dialect,
        frac=rng.choice(["\\frac", "\\dfrac", "\\tfrac"]),
        dot={"latex": rng.choice(["\\cdot ", "\\times "]), "unicode": rng.choice("·×")}.get(dialect, "*"),
        braces=rng.random() < 0.6,
        gaps=rng.random() < 0.5,
        bare=rng.random() < 0.5,
    )


def write(term: Term, pen: Pen) -> str:
    """
    >>> write(("/", ("+", 1, ("neg", ("*", 2, ("sqrt", 5)))), 3), Pen())
    '\\\\frac{1-2\\\\sqrt{5}}{3}'
    >>> write(("/", ("+", 1, ("neg", ("*", 2, ("sqrt", 5)))), 3), Pen("python", dot="*"))
    '(1-2*sqrt(5))/3'
    """
    return _write(term, pen)[0].strip()


def _wrap(term: Term, pen: Pen, least: int) -> str:
    text, level = _write(term, pen)
    return text if level >= least else f"({text.strip()})"


def _signed(term: Term) -> tuple[bool, Term]:
    """Whether a minus stands in front, and what stands behind it."""
    if isinstance(term, (int, Fraction)) and term < 0:
        return True, -term
    if isinstance(term, tuple) and term[0] == "neg":
        return True, term[1]
    if isinstance(term, tuple) and term[0] == "*" and _signed(term[1])[0]:
        return True, ("*", _signed(term[1])[1], *term[2:])
    return False, term


def _write(term: Term, pen: Pen) -> Written:
    negative, size = _signed(term)
    if negative:
        return ("−" if pen.dialect == "unicode" else "-") + _wrap(size, pen, DIVISION), SUM
    if isinstance(term, Fraction):
        return _write(("/", term.numerator, term.denominator), pen) if term.denominator > 1 else (str(term), ATOM)
    if isinstance(term, int):
        return str(term), ATOM
    if isinstance(term, str):
        return NAMES.get(pen.dialect, {}).get(term, term), ATOM
    op, *rest = term
    if op == "+":
        return _sum(rest, pen), SUM
    if op == "*":
        return _product(rest, pen), PRODUCT
    if op == "/":
        return _quotient(rest[0], rest[1], pen)
    if op == "^":
        return _power(rest[0], rest[1], pen)
    return _call(op, rest, pen)


def _sum(terms: list[Term], pen: Pen) -> str:
    text = _wrap(terms[0], pen, SUM)
    for term in terms[1:]:
        negative, size = _signed(term)
        sign = ("−" if pen.dialect == "unicode" else "-") if negative else "+"
        gap = " " if pen.gaps else ""
        text = f"{text.rstrip()}{gap}{sign}{gap}{_wrap(size, pen, DIVISION)}"
    return text


def _product(factors: list[Term], pen: Pen) -> str:
    text, before = "", None
    for index, factor in enumerate(factors):
        hand = pen if index == len(factors) - 1 else replace(pen, bare=False)
        written = _wrap(factor, hand, FRACTION)
        if before is not None and not _juxtaposed(before, text, written, pen):
            text = f"{text.rstrip()}{pen.dot}"
        text, before = text + written, factor
    return text


def _juxtaposed(left: Term, text: str, right: str, pen: Pen) -> bool:
    """May they stand side by side? No number before a fraction (mixed), no letter before a bracket (a call)."""
    if pen.dialect == "python" or right[0].isdigit() or right.startswith(("\\frac", "\\dfrac", "\\tfrac", "\\left")):
        return False
    if right[0] == "(" and right[1].isdigit() and isinstance(left, int):  # 2(1/3) could be mixed too
        return False
    if isinstance(left, int) or text.rstrip()[-1] == ")":
        return True
    return isinstance(left, str) and left != "e" and pen.dialect != "plain" and right[0] != "("


def _quotient(above: Term, below: Term, pen: Pen) -> Written:
    if pen.latex:
        return f"{pen.frac}{{{write(above, pen)}}}{{{write(below, pen)}}}", FRACTION
    return f"{_wrap(above, pen, PRODUCT)}/{_wrap(below, pen, ATOM)}", DIVISION


def _power(base: Term, exponent: Term, pen: Pen) -> Written:
    above = write(exponent, pen)
    if isinstance(base, tuple) and base[0] in {"sin", "cos", "tan"} and pen.dialect in {"latex", "unicode"}:
        raised = f"^{{{above}}}" if pen.latex else above.translate(RAISED)
        return f"{_name(base[0], pen)}{raised}({write(base[1], pen)})", ATOM
    if base == "e" and pen.dialect == "python":
        return f"exp({above})", ATOM
    below = _wrap(base, replace(pen, bare=False), ATOM).rstrip()
    if pen.latex:
        return below + (f"^{above}" if len(above) == 1 and not pen.braces else f"^{{{above}}}"), POWER
    if pen.dialect == "unicode" and isinstance(exponent, int):
        return below + str(exponent).translate(RAISED), POWER
    short = isinstance(exponent, (int, str)) and above.isalnum()
    return f"{below}{'**' if pen.dialect == 'python' else '^'}{above if short else f'({above})'}", POWER


def _call(op: str, rest: list[Term], pen: Pen) -> Written:
    inner = write(rest[-1], pen)
    if op == "sqrt":
        if pen.latex:
            return (
                f"\\sqrt{inner}" if len(inner) == 1 and inner.isdigit() and not pen.braces else f"\\sqrt{{{inner}}}"
            ), ATOM
        if pen.dialect == "unicode":
            return (f"√{inner}" if isinstance(rest[0], int) else f"√({inner})"), ATOM
        return f"sqrt({inner})", ATOM
    if op == "root":
        if pen.latex:
            return f"\\sqrt[{rest[0]}]{{{inner}}}", ATOM
        if pen.dialect == "unicode" and rest[0] == 3:
            return (f"∛{inner}" if isinstance(rest[1], int) else f"∛({inner})"), ATOM
        return _power(rest[1], Fraction(1, int(rest[0])), pen)
    if op == "abs":
        if pen.dialect == "python":
            return f"abs({inner})", ATOM
        return (f"\\left|{inner}\\right|" if pen.latex and pen.braces else f"|{inner}|"), ATOM
    if op == "!":
        return f"{_wrap(rest[0], pen, ATOM)}!", POWER
    if op == "binom":
        n, k = rest
        if pen.latex:
            return f"\\binom{{{n}}}{{{k}}}", ATOM
        return _write(("/", ("!", n), ("*", ("!", k), ("!", n - k))), pen)
    if op == "log":
        if pen.dialect == "python":
            return _write(("/", ("ln", rest[1]), ("ln", rest[0])), pen)
        base = (
            f"_{{{rest[0]}}}"
            if pen.latex
            else f"_{rest[0]}"
            if pen.dialect == "plain"
            else str(rest[0]).translate(LOWERED)
        )
        return f"{_name('log', pen)}{base}({inner})", ATOM
    if pen.latex and pen.bare and isinstance(rest[0], str) and rest[0] != "pi":
        return f"{_name(op, pen)} {inner}", ATOM
    return f"{_name(op, pen)}({inner})", ATOM


def _name(function: str, pen: Pen) -> str:
    return f"\\{function}" if pen.latex else function


def value(term: Term, names: Mapping[str, complex]) -> complex:
    """What a term is worth, so that labels can be checked without the verifier."""
    if isinstance(term, (int, Fraction)):
        return complex(term)
    if isinstance(term, str):
        return {"pi": math.pi, "e": math.e, "i": 1j, **names}[term]
    op, *rest = term
    worth = [value(part, names) for part in rest]
    if op == "+":
        return sum(worth)
    if op == "*":
        return math.prod(worth)
    if op == "/":
        return worth[0] / worth[1]
    if op == "^":
        return worth[0] ** worth[1]
    if op == "root":
        return worth[1] ** (1 / worth[0])
    if op == "log":
        return cmath.log(worth[1]) / cmath.log(worth[0])
    if op == "!":
        return complex(math.factorial(round(worth[0].real)))
    if op == "binom":
        return complex(math.comb(round(worth[0].real), round(worth[1].real)))
    calls = {"neg": lambda z: -z, "abs": abs, "ln": cmath.log, "sec": lambda z: 1 / cmath.cos(z)}
    return complex(calls[op](worth[0]) if op in calls else getattr(cmath, op)(worth[0]))
