"""Words and symbols: choices, texts, undefined, infinite, none, all."""

from random import Random

from tests.answers.math_base import Answers


def choice(rng: Random) -> Answers:
    letter, other = rng.sample("ABCD", 2)
    right = [
        letter,
        f"({letter})",
        f"\\textbf{{{letter}}}",
        f"\\textbf{{({letter})}}",
        f"\\text{{{letter}}}",
        f"\\mathrm{{{letter}}}",
    ]
    right += [f"\\text{{({letter})}}", f"Option {letter}", f"\\text{{Choice {letter}}}"]
    misses = [
        other,
        f"({other})",
        f"\\textbf{{{other}}}",
        f"{letter}{other}",
        f"{letter} or {other}",
        f"({letter}) and ({other})",
    ]
    misses += [f"not {letter}", str(" ABCD".index(letter)), f"\\text{{{letter} or {other}}}"]
    return Answers(tuple(right), tuple(misses), (letter.lower(), f"option {letter}", f"({letter.lower()})"))


WORDS = [
    "Tuesday",
    "even",
    "odd",
    "Monday",
    "parabola",
    "ellipse",
    "Evelyn",
    "increasing",
    "scalene triangle",
    "red",
    "decreasing",
    "right triangle",
]


def text(rng: Random) -> Answers:
    word, other = rng.sample(WORDS, 2)
    right = (
        f"\\text{{{word}}}",
        word,
        word.upper(),
        word.lower(),
        f"\\textbf{{{word}}}",
        f"\\text{{ {word} }}",
        f"\\mathrm{{{word.replace(' ', '~')}}}",
    )
    misses = (
        other,
        f"\\text{{{other}}}",
        f"not {word}",
        f"\\text{{not {word}}}",
        f"{word} or {other}",
        f"{word}{word[-1]}",
        word[:-1],
        "7",
    )
    return Answers(right, misses)


SYMBOLS: list[tuple[list[str], list[str]]] = [
    (
        ["\\infty", "∞", "+\\infty", "infinity", "\\text{infinity}"],
        ["-\\infty", "1000000000", "0", "−∞"],
    ),
    (["-\\infty", "-∞", "−∞", "-\\text{infinity}"], ["\\infty", "-1000000000", "0"]),
    (
        ["\\text{undefined}", "undefined", "not defined", "\\text{Undefined}", "\\text{not defined}"],
        ["0", "1", "0/0", "\\text{defined}"],
    ),
    (
        ["\\emptyset", "\\varnothing", "∅", "no solution", "\\text{no solution}", "\\text{No solutions}", "\\{\\}"],
        ["0", "\\{0\\}", "\\mathbb{R}", "1"],
    ),
    (
        ["\\mathbb{R}", "(-\\infty,\\infty)", "ℝ", "\\text{all real numbers}", "(-∞, ∞)"],
        ["(0,\\infty)", "[0,\\infty)", "\\emptyset", "0", "(-\\infty,0)"],
    ),
]


def symbol(rng: Random) -> Answers:
    right, wrong = rng.choice(SYMBOLS)
    return Answers(tuple(right), tuple(wrong))
