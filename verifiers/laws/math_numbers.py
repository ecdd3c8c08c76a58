r"""Answers of mathematics on which no two textbooks differ: one number, with its spellings and near misses.

What conventions decide (whether 50 % is 50, 5 cm is 5, 0.333 is a third) is left out, but for one group: an exact
value is not its rounding.
"""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import strategies as st

from .tasks import Task

digits = st.integers(2, 9)
below_100 = st.integers(2, 99)
signs = st.sampled_from(["", "-"])
two = st.lists(st.integers(1, 20), min_size=2, max_size=2, unique=True)
squarefree = st.sampled_from([2, 3, 5, 6, 7, 10, 11, 13])


@st.composite
def integer(draw: st.DrawFn) -> Task:
    n, sign = draw(st.integers(1, 99)), draw(signs)
    text = f"{sign}{n}"
    right = (text, f"${text}$", f" {text} ", f"{text}.0", f"\\frac{{{sign}{2 * n}}}{{2}}")
    other = n if sign else -n
    return Task(text, right, (f"{sign}{n + 1}", str(other), f"{text}0", f"{text}.5", f"{sign}{n - 1}", f"1{n}"))


@st.composite
def thousands(draw: st.DrawFn) -> Task:
    n = draw(st.integers(1000, 10**7))
    right = (str(n), f"{n:,}", f"{n:,}".replace(",", "{,}"), f"${n:,}$")
    return Task(str(n), right, (str(n + 1), f"{n + 1:,}", str(n // 1000), f"{n // 1000},{(n + 1) % 1000:03}", f"{n}0"))


@st.composite
def large_integer(draw: st.DrawFn) -> Task:
    """Beyond what a float can tell apart."""
    n = 2 ** draw(st.integers(60, 130)) + draw(st.integers(0, 99))
    return Task(str(n), (str(n), f"{n - 1}+1"), (str(n + 1), str(n - 1), str(-n), str(n * 10)))


@st.composite
def fraction(draw: st.DrawFn) -> Task:
    d = draw(below_100)
    n = draw(st.integers(1, 99).map(lambda n: n if math.gcd(n, d) == 1 else n * d + 1))
    sign, k = draw(signs), draw(digits)
    text = f"{sign}\\frac{{{n}}}{{{d}}}"
    right = (text, f"{sign}\\dfrac{{{n}}}{{{d}}}", f"{sign}{n}/{d}", f"{sign}\\frac{{{k * n}}}{{{k * d}}}", f"${text}$")
    wrong = [f"{sign}\\frac{{{n + d}}}{{{d}}}", f"{sign}\\frac{{{n}}}{{{d + 1}}}", f"{sign}{n}/{d + 1}", f"{sign}{n}"]
    wrong += [text[1:] if sign else f"-{text}"]
    wrong += [f"{sign}\\frac{{{d}}}{{{n}}}"] if n != d else []
    return Task(text, right, tuple(wrong))


@st.composite
def rounding(draw: st.DrawFn) -> Task:
    """An exact value is not its rounding."""
    d, n = draw(st.sampled_from([3, 7, 11, 13])), draw(digits)
    places = draw(st.integers(1, 12))
    term, near = draw(
        st.sampled_from(
            [(f"\\frac{{{n * d + 1}}}{{{d}}}", Fraction(n * d + 1, d)), (f"{n}\\pi", Fraction(n * math.pi))]
        )
    )
    return Task(term, (term,), (f"{float(near):.{places}f}", str(round(near))))


@st.composite
def decimal(draw: st.DrawFn) -> Task:
    places, sign = draw(st.integers(1, 4)), draw(signs)
    n = draw(st.integers(11, 9999).map(lambda n: n + (n % 10 == 0)))
    scale: int = 10**places

    def point(number: int) -> str:
        return f"{sign}{number // scale}.{number % scale:0{places}d}"

    text = point(n)
    right = (text, f"{text}0", f"{sign}\\frac{{{n}}}{{{scale}}}", f"${text}$")
    return Task(
        text, right, (point(n + 1), point(n - 1), text[1:] if sign else f"-{text}", point(10 * n), f"{sign}{n}")
    )


@st.composite
def scientific(draw: st.DrawFn) -> Task:
    n, power = draw(st.integers(1, 8)), draw(st.integers(5, 30))
    sign = draw(signs)

    def written(tenths: int, exponent: int) -> str:
        return f"{tenths // 10}.{tenths % 10} \\times 10^{{{exponent}}}"

    exponent, head = int(f"{sign}{power}"), 10 * n + 6
    text = written(head, exponent)
    return Task(text, (text, f"${text}$"), (written(head + 1, exponent), written(head, exponent + 1)))


@st.composite
def tiny(draw: st.DrawFn) -> Task:
    """Below any absolute tolerance."""
    n, power = draw(digits), draw(st.integers(7, 99))
    text = f"\\frac{{1}}{{{n}^{{{power}}}}}"
    return Task(text, (text, f"\\dfrac{{1}}{{{n}^{{{power}}}}}"), (f"\\frac{{1}}{{{n}^{{{power + 1}}}}}", "0"))


@st.composite
def surd(draw: st.DrawFn) -> Task:
    k, c = draw(digits), draw(squarefree)
    right = (f"{k}\\sqrt{{{c}}}", f"{k} \\sqrt{{{c}}}", f"{k}\\cdot\\sqrt{{{c}}}", f"\\sqrt{{{k * k * c}}}")
    wrong = (f"{k}\\sqrt{{{c + 1}}}", f"{k + 1}\\sqrt{{{c}}}", f"-{k}\\sqrt{{{c}}}", f"\\sqrt{{{k * c}}}", f"{k}")
    return Task(right[0], right, wrong)


@st.composite
def pi_multiple(draw: st.DrawFn) -> Task:
    k = draw(digits)
    right = (f"{k}\\pi", f"{k} \\pi", f"\\frac{{{2 * k}\\pi}}{{2}}", f"${k}\\pi$")
    return Task(right[0], right, (f"{k + 1}\\pi", f"{k}", f"-{k}\\pi", f"\\frac{{{k}}}{{\\pi}}"))


@st.composite
def percent(draw: st.DrawFn) -> Task:
    n = draw(below_100)
    return Task(f"{n}\\%", (f"{n}\\%", f"{n} \\%", f"${n}\\%$"), (f"{n + 1}\\%", f"0.{n:02}\\%", f"{n}0\\%"))


@st.composite
def unit(draw: st.DrawFn) -> Task:
    n = draw(below_100)
    name, other = draw(st.sampled_from([("cm", "km"), ("kg", "g"), ("hours", "minutes")]))
    right = (f"{n} \\text{{ {name}}}", f"{n}\\text{{ {name}}}", f"{n}\\ \\mathrm{{{name}}}")
    return Task(right[0], right, (f"{n} \\text{{ {other}}}", f"{n} {other}", f"{n + 1} \\text{{ {name}}}"))


@st.composite
def million(draw: st.DrawFn) -> Task:
    n = draw(below_100)
    right = (f"{n} \\text{{ million}}", f"{n}\\text{{ million}}", f"{n},000,000")
    return Task(right[0], right, (f"{n} \\text{{ billion}}", f"{n + 1} \\text{{ million}}", f"{n}"))


@st.composite
def base(draw: st.DrawFn) -> Task:
    text = draw(st.sampled_from(["101", "110", "111", "1001", "1010", "1011"]))
    right = (f"{text}_2", f"{text}_{{2}}", f"${text}_2$")
    return Task(right[0], right, (f"{text}_3", f"{text}_{{3}}", f"{text}0_2", f"1{text}_2"))
