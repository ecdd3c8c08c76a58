"""Hypothesis strategies that more than one test file uses."""

from fractions import Fraction

from hypothesis import strategies as st

TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
PIECES = [
    *(
        *TAGS,
        "<Think>",
        "\\boxed{",
        "\\fbox{",
        "{",
        "}",
        "\\{",
        "\\}",
        "\\frac",
        "\\sqrt",
        "^",
        "_",
        "(",
        ")",
        "[",
        "]",
    ),
    *(
        "Answer: ",
        "####",
        "and",
        "or",
        "not",
        ",",
        ".",
        "=",
        "%",
        "$",
        "+",
        "-",
        "*",
        "/",
        "!",
        "&",
        "1",
        "7",
        "0.5",
        "x",
    ),
    *(
        "\u200b",
        "\ufeff",
        "\x00",
        " ",
        "\n",
        "½",
        "²",
        "π",
        "\ud800",
        "٣",
        "10^{10^{10}}",
        "e9",
        "\\text{",
        "\\left",
        "\\",
    ),
]

anything = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
bodies = st.text(st.characters(codec="utf-8", exclude_characters="<>"), min_size=1).filter(
    lambda s: any(map(str.isalnum, s))
)
whole = st.integers(-(10**6), 10**6)
rationals = st.builds(Fraction, whole, st.integers(1, 10**4))


@st.composite
def puzzles(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """A right expression and the puzzle that it solves."""
    text = str(draw(st.integers(1, 50)))
    numbers, value = [int(text)], Fraction(int(text))
    for number in draw(st.lists(st.integers(1, 50), min_size=1, max_size=4)):
        operator = draw(st.sampled_from("+-*"))
        value = {"+": value + number, "-": value - number, "*": value * number}[operator]
        text = f"({text}) {operator} {number}" if " " in text else f"{text} {operator} {number}"
        numbers.append(number)
    return text, {"numbers": numbers, "target": int(value)}
