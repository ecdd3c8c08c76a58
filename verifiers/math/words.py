"""Answers in words: numbers, what has no value, and texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .names import FUNCTIONS, GREEK
from .spelling import ascii_spelling
from .tokens import Token
from .tree import Node, negative, number
from .units import NOT_UNITS

CARDINALS = {
    name: value
    for value, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
CARDINALS |= {"hundred": 100, "thousand": 1000, "million": 10**6}
DENIALS = frozenset(
    """
    not no isn never neither nor wrong incorrect maybe perhaps either or if unless except guess probably possibly
    unsure opposite negative minus half twice squared root hundred million five percent false fake invalid rejected
    excluded ignore previous
    """.split()
)
_SPECIAL = {
    **dict.fromkeys(["undefined", "not defined", "indefinite"], "undefined"),
    **dict.fromkeys(
        ["does not exist", "dne", "doesn't exist", "doesnt exist", "nonexistent", "do not exist"], "does not exist"
    ),
    **dict.fromkeys(["none exist"], "does not exist"),
    **dict.fromkeys(
        ["no solution", "no solutions", "empty set", "the empty set", "no real solution", "no real solutions", "none"],
        "none",
    ),
    **dict.fromkeys(
        ["all real numbers", "all reals", "real numbers", "all real", "the real numbers", "any real number"], "reals"
    ),
    **dict.fromkeys(["infinitely many", "infinitely many solutions", "infinite solutions"], "infinitely many"),
    **dict.fromkeys(["infinity", "positive infinity", "infinite", "+infinity"], "infinity"),
    **dict.fromkeys(["negative infinity", "minus infinity", "-infinity"], "-infinity"),
}
_SUBJECT = re.compile(
    r"^(?:(?:the |this )?(?:limit|value|expression|function|derivative|it|sum|series|integral|answer|equation|system"
    r"|inequality)\b ?)?"
    r"(?:(?:there )?(?:is|are|has|have|exists?)\b ?)?"
)
_FOLD = re.compile(
    r"\\(?:boxed|fbox|text|textbf|textit|textrm|mathrm|mathbf|mbox|emph|textnormal|operatorname|displaystyle|boldsymbol|bf|rm|left|right|quad)\b"
    r"|\\[ ,;:!()\[\]]|[{}$\s~]+"
)


def fold(text: str) -> str:
    """What two spellings of the same words have in common."""
    return _FOLD.sub("", ascii_spelling(text)).casefold().strip(".,;:!?\"'`*")


_ARTICLE = re.compile(r"[\s${]*(?:\\(?:text|mathrm|textbf|mathbf)\s?\{\s*)?(an?|the|on)\s+", re.IGNORECASE)


def without_article(folded: str, text: str) -> str:
    """The folded text without the article that the text begins with."""
    found = _ARTICLE.match(text)
    return folded[len(found[1]) :] if found and folded.startswith(found[1].lower()) else folded


def special(tokens: Sequence[Token]) -> Node | None:
    """Words of a language: a number, what has no value, or a text."""
    if not tokens or any(
        token.kind not in ("word", "op") or (token.kind == "op" and token.text not in ("-", "'", ".", ",", "!", "?"))
        for token in tokens
    ):
        return None
    words = [token for token in tokens if token.kind == "word"]
    if not words or any(token.macro for token in words):
        return None
    phrase = "".join(
        token.text if token.kind == "op" or not n or tokens[n - 1].text in ("-", "'") else " " + token.text
        for n, token in enumerate(tokens)
    ).strip(" .,!?")
    low = phrase.lower()
    low = low if low in _SPECIAL else _SUBJECT.sub("", low)
    if low in _SPECIAL:
        name = _SPECIAL[low]
        if name in ("infinity", "-infinity"):
            node = Node("const", (), "infinity")
            return negative(node) if name[0] == "-" else node
        if name == "none":
            return Node("set")
        return Node("reals", (), "ℝ") if name == "reals" else Node("special", (), name)
    count = cardinal(low)
    if count is not None:
        return number(count)
    if any(token.kind == "op" and token.text in ",;" for token in tokens):
        return None
    quoted = all(token.quoted for token in words)
    longest = max((token.text for token in words), key=len)
    if any(is_math_word(token.text) for token in words) and not quoted:
        return None
    if (
        (len(words) == 1 and low in NOT_UNITS)
        or len(longest) >= 4
        or (len(words) > 1 and len(longest) >= 3 and " " in phrase)
        or (quoted and len(longest) > 1)
    ):
        if any(token.text in ("and", "or") for token in words) and not quoted:
            return None
        return Node("text", (), without_article(fold(phrase), phrase))
    return None


def is_math_word(word: str) -> bool:
    return (
        word in FUNCTIONS
        or word in GREEK
        or word in ("sqrt", "pi", "frac")
        or (word.startswith(("sin", "cos", "tan", "sqrt")) and len(word) < 6)
    )


def cardinal(words: str) -> int | None:
    """Twenty-five, two hundred."""
    total = value = 0
    parts = words.replace("-", " ").split()
    if not parts or len(parts) > 8:
        return None
    for word in parts:
        if word == "and" and value:
            continue
        count = CARDINALS.get(word)
        if count is None:
            return None
        if count >= 1000:
            total, value = total + max(value, 1) * count, 0
        elif count == 100:
            value = max(value, 1) * 100
        else:
            if value % 100 and not (value % 10 == 0 and count < 10):
                return None
            value += count
    return total + value


def phrase_label(tokens: Sequence[Token]) -> set[str]:
    """The words of "Area" or "Total cost", that only name what stands behind the sign."""
    if (
        len(tokens) > 3 and tokens[1].text == "(" and tokens[-1].text == ")" and len(tokens[0].text) <= 5
    ):  # P(two heads)
        inner = {token.text.lower() for token in tokens[2:-1] if token.kind == "word"}
        if max(map(len, inner), default=0) >= 3 and not any(map(is_math_word, inner)):
            return inner
    words = [token for token in tokens if token.kind == "word"]
    if len(words) != len(tokens) or any(token.macro for token in words):
        return set()
    names = {token.text.lower() for token in words}
    longest = max(map(len, names), default=0)
    if longest >= 3 and not any(is_math_word(name) for name in names):
        return names
    return set()
