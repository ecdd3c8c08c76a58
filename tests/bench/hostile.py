"""Texts that make a careless comparison of answers hang: short ones that mean much work, and long ones."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

from verifiers import Verdict, verify_math
from verifiers.math import equivalent

LENGTHS = (900, 9_900, 1_000_000)
"""Below the length that Math-Verify is asked about, below the longest answer that is read at all, and far above."""

SHORT = r"""
9^{9^{9^{9}}}  10^{10^{10}}  10^{-10^{10}}  (-1)^{10^{10^{10}}}  2^{10^{9}} \pmod{7}  1e999999999  0^{0^{0^{-1}}}
(10^9)!  ((10^3)!)!  1000000000!!  \binom{10^9}{5\cdot10^8}  \binom{10^5}{5\cdot10^4}  \frac{5^{5^{5^{5^5}}-4}-5}{16}
\prod_{k=1}^{10^{9}} k  \sum_{k=1}^{10^9} \frac{1}{k}  \int_0^{10} e^{e^{e^{x}}}\,dx  e^{e^{e^{e^{9}}}}
\sin(10^{10^{10}})  \lfloor 10^{10^9}\pi \rfloor  \sqrt[10^9]{2}  2^{\frac{1}{10^9+7}}  \log_2 2^{10^{10}}
(x+1)^{10^6}  (x+y+z+w)^{200}  (a+b)^{n^{n^{n}}}  x^{10^{10}}-1  \frac{x^{100000}-1}{x-1}  (\sqrt2+\sqrt3)^{10^6}
1_{10^9}  9999999999_{10}^{9999999999_{10}}  \frac{1}{10^{-10^{9}}}  (\cos 1 + i \sin 1)^{10^{12}}  |x^{10^8}|
"""
"""Between them stand two spaces, or a new line."""

_PIECES = r"""
9 + - , \ { } ( ) [ | ^ _ ! % $ & = < ~ ' x 1, 1+ 1- 1/ 2^ x= 1< (1,2), x_ ½ ² ٣ 0. 0.3 1,000, -1 -- +- \\ \, {} ()
\{ \left( \frac \frac1 \sqrt \pm \pm1 \cup [0,1]\cup \text{ \boxed{ \sin \begin{pmatrix} (x+1) (x+y+z) x! \circ ^\circ
\overline{ \binom \cdot sin x^2+ |x|+ 1: \leq 7!/ \ln \mathrm{d} x\in \log_ i π √ ∞ 1e9 \times10^
"""
_SPACED = (" ", "\n", "1 ", "x ", "\\ ", " and ", "1 or ", "a junk word ", "\u200b", "\x00", "\ud800")
PIECES = [*_PIECES.split(), *_SPACED]
"""What is repeated."""

LAYERS = r"""
{1} (1) \left(1\right) \{1\} \text{1} 2^{1} \sqrt{x} \sqrt{2+x} \sin(x) |x-3| \begin{pmatrix}1\end{pmatrix} [1] (2,x)
-(1) e^{x} \log(x) x_{1} \left|x\right| ((x)^9) \frac{x}{2} \frac{3}{3+x} 2(x)! \overline{1} ±(1) \mathrm{1} \boxed{1}
"""
"""Each is put into itself, again and again, in place of its 1, or else of its first x."""

_WRITTEN = r"""
<think> </think> <answer> </answer> <answer></answer> \boxed{ \boxed \boxed{7} { } \ 9 , + x $ ####
"""
_SAID = (" ", "\n", "\\fbox{7} and ", "Answer: ", "#### 7 ", "The answer is ", "a junk word ", "\ud800", "\x00")
WRITTEN = [*_WRITTEN.split(), *_SAID]
"""What is repeated in a completion."""


def alone() -> Iterator[tuple[str, str]]:
    """Names and texts, each hostile by itself."""
    yield from ((text, text) for line in SHORT.split("\n") for text in line.split("  ") if text)
    for piece in PIECES:
        for length in LENGTHS:
            text = piece * (length // len(piece))
            yield f"{length} characters of {piece!r}", text
            yield f"{length} characters of {piece!r}, then 1", text + "1"
    for layer in LAYERS.split():
        opening, core, closing = layer.partition("1" if "1" in layer else "x")
        for depth in (30, 300, 10_000):
            yield f"{depth} nested {layer}", opening * depth + core + closing * depth


def matrix(size: int, off: int = 0) -> str:
    """Squares of different numbers; `off` is added to the last."""
    rows = [[(row * size + column) ** 2 for column in range(size)] for row in range(size)]
    rows[-1][-1] += off
    return r"\begin{pmatrix}" + r" \\ ".join(" & ".join(map(str, row)) for row in rows) + r"\end{pmatrix}"


def sums(variables: int, factors: int, last: int = 1) -> list[str]:
    """The factors of a product of sums, whose expansion has about variables**factors terms."""
    names = "+".join("abcdfghjklmnpqrstuvw"[:variables])
    return [f"({names}+{constant})" for constant in (*range(2, factors + 1), last)]


def two_sided() -> Iterator[tuple[str, str, str]]:
    """A name and two texts that are equal, or nearly so."""
    for size in (3, 10, 30, 60):
        yield f"{size}x{size} matrices, equal", matrix(size), matrix(size)
        yield f"{size}x{size} matrices, one entry off", matrix(size), matrix(size, off=1)
    for variables, factors in [(2, 12), (4, 8), (8, 6), (20, 4), (3, 60)]:
        name, product = f"products of {factors} sums of {variables + 1}", sums(variables, factors)
        yield f"{name}, backwards", "".join(product), "".join(product[::-1])
        yield f"{name}, one off", "".join(product), "".join(sums(variables, factors, last=0))
    for count in (20, 200, 2_000):
        rows = {
            "a list of fractions": ([rf"\frac{{{k}}}{{{k + 1}}}" for k in range(count)], ", "),
            "a list of sums": ([rf"x+\sqrt{{{k}}}" for k in range(count)], ","),
            "a sum of surds": ([rf"\sqrt{{{k}}}" for k in range(count)], "+"),
            "a sum of sines": ([rf"\sin({k}x)" for k in range(count)], "+"),
            "a sum of rational functions": ([rf"\frac{{1}}{{x+{k}}}" for k in range(count)], "+"),
            "a polynomial": ([f"x^{{{k}}}" for k in range(count)], "+"),
            "alternatives": ([rf"\sqrt{{{k}}}" for k in range(count)], r"\pm "),
            "a union": ([f"[{2 * k},{2 * k + 1}]" for k in range(count)], r"\cup "),
        }
        for name, (texts, glue) in rows.items():
            yield f"{name} of {count}, backwards", glue.join(texts), glue.join(texts[::-1])
            yield f"{name} of {count}, one off", glue.join(texts), glue.join([*texts[1:], texts[1]])
    yield "two powers of 10,000 digits", "7^{11832}", "7^{11831}"
    yield "fractions of 4,000 digits", rf"\frac{{{'6' * 4_000}}}{{{'3' * 4_000}1}}", f"{'6' * 4_000}/{'3' * 4_000}1"


def completions() -> Iterator[tuple[str, str]]:
    """Names and completions of 1 MB, with the answer 7 or none that anybody would read."""
    for piece in WRITTEN:
        junk = piece * (LENGTHS[-1] // len(piece))
        yield f"1 MB of {piece!r}", junk
        yield f"1 MB of {piece!r}, then a box", junk + r"\boxed{7}"
        yield f"1 MB of {piece!r} inside a box", rf"\boxed{{{junk}}}"
        yield f"a box, then 1 MB of {piece!r}", r"\boxed{7}" + junk


def calls() -> Iterator[tuple[str, Callable[[], Verdict]]]:
    """All of it, each pair in both positions, without the fallback (but for completions, whose answers need none)."""
    against_7 = ((f"{name}, against 7", text, "7") for name, text in alone())
    against_itself = ((f"{name}, against itself + 1", text, f"{text}+1") for name, text in alone())
    for name, first, second in chain(against_7, against_itself, two_sided()):
        yield f"{name} (answer)", partial(equivalent, first, second, fallback=False)
        yield f"{name} (ground truth)", partial(equivalent, second, first, fallback=False)
    for name, completion in completions():
        yield f"{name} (completion)", partial(verify_math, completion, "7")
