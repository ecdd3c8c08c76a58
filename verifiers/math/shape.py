"""The outer shape of an answer: words, lists, sets and tuples, relations, and the name before "="."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .normal import key, plain
from .number import rational

_WORDS_ONLY = re.compile(r"[A-Za-z]+(?:[ '-]+[A-Za-z]+)*")
_MACRO = re.compile(r"\\[A-Za-z]+")
_FUNCTIONS = {
    *(
        "sin",
        "cos",
        "tan",
        "sec",
        "csc",
        "cot",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "log",
        "ln",
        "exp",
    ),
    *(
        "sqrt",
        "pi",
        "max",
        "min",
        "gcd",
        "lcm",
        "det",
        "inf",
        "infty",
        "array",
        "pmatrix",
        "bmatrix",
        "matrix",
        "vmatrix",
    ),
    *("and", "or", "mod", "pmod", "theta", "alpha", "beta", "cases", "begin", "end", "sup", "lim", "deg"),
}
_HEDGES = re.compile(
    r"\b(?:not|or|wrong|incorrect|maybe|perhaps|either|neither|isn't|unsure|guess|is)\b", re.IGNORECASE
)
_RELATION = re.compile(r"\\leq|\\geq|\\neq|<|>|=|\\in(?![a-z])|\\equiv")
_MODULUS = re.compile(r"\\equiv|\\[pb]?mod|\bmod\b")
_BASE = re.compile(r"\d\}?_\{?\d")
_AND = re.compile(r",?\s+(?:and|or)\s+")
_NAME = re.compile(r"\\?[A-Za-z]+(?:_(?:\w|\{\w+\}))?'*|\((?:[a-z],? ?)+\)")
_OF = re.compile(r"\\?[A-Za-z]+\([^()=]{1,40}\)")
_BRACKETS = {"(": ")", "[": "]", "\\{": "\\}"}
MAX_ITEMS = 50


@dataclass(frozen=True)
class Shape:
    """kind: item, list, set, or the two brackets of a tuple or an interval, such as "(]"."""

    kind: str
    items: tuple[str, ...]

    @property
    def ordered(self) -> bool:
        return self.kind not in ("item", "list", "set")


def words_only(text: str) -> bool:
    """Words of a language, or the single capital letter of a choice: equal as text or not at all."""
    text = plain(text).strip("()")
    if len(text) == 1:
        return text in "ABCDEFGHIJ"
    longest = max(re.findall("[A-Za-z]+", text), key=len, default="")
    return bool(_WORDS_ONLY.fullmatch(text)) and len(longest) >= 2 and bool(set(longest.lower()) & set("aeiouy"))


def shape(text: str) -> Shape:
    r"""The outermost structure.

    >>> shape("1, 2 and 3").items, shape("(2, 5]").kind, shape(r"\{1, 2\}").kind, shape("x + 1").kind
    (('1', '2', '3'), '(]', 'set', 'item')
    """
    text = plain(text)
    parts = _split(text)
    if len(parts) > 1:
        return Shape("list", tuple(parts))
    opening = "\\{" if text.startswith("\\{") else text[:1]
    if opening in _BRACKETS:
        closing = "\\}" if text.endswith("\\}") else text[-1:]
        inner = text[len(opening) : -len(closing)]
        items = tuple(_split(inner)) if _balanced(inner) else ()
        if opening == "\\{" and closing == "\\}" and items and not re.search(r"[:|]|\\mid", inner):
            return Shape("set", items)
        if opening in "([" and closing in (")", "]") and len(items) > 1:
            return Shape(opening + closing, items)
    return Shape("item", (text,))


def _split(text: str) -> list[str]:
    """At commas, semicolons, "and" and "or" outside of any bracket."""
    parts, start, depth = [], 0, 0
    for found in re.finditer(r"\\[{}]|[(\[{]|[)\]}]|[,;]|\s(?:and|or)\s", text):
        mark = found.group()
        if mark[-1] in "([{":
            depth += 1
        elif mark[-1] in ")]}":
            depth -= 1
        elif depth == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    parts = [part.strip() for part in [*parts, text[start:]]]
    return [part for part in parts if part] or [text]


def _balanced(text: str) -> bool:
    depth = 0
    for mark in re.findall(r"[()\[\]]", text):
        depth += 1 if mark in "([" else -1
        if depth < 0:
            return False
    return depth == 0


def without_names(answer: str, wanted: str) -> tuple[str, str] | None:
    """Both without "x =" where that adds nothing; None where they name different things.

    >>> without_names("x = 3", "3"), without_names("x = 5", "y = 5")
    (('3', '3'), None)
    """
    (name, value), (wanted_name, wanted_value) = _named(answer), _named(wanted)
    if name is not None and wanted_name is not None:
        if key(name) == key(wanted_name):
            return value, wanted_value
        return None if _NAME.fullmatch(name) and _NAME.fullmatch(wanted_name) and _closed(value) else (answer, wanted)
    if name is not None and "=" not in wanted:
        return value, wanted
    if wanted_name is not None and "=" not in answer and _NAME.fullmatch(wanted_name):
        return answer, wanted_value
    return answer, wanted


def _closed(value: str) -> bool:
    return not re.search("[a-z]", _MACRO.sub("", value))


def _named(text: str) -> tuple[str | None, str]:
    """What stands before the "=" if it only names what stands after it."""
    text = plain(text)
    if len(_RELATION.findall(text)) != 1 or "=" not in text:
        return None, text
    name, value = (side.strip() for side in text.split("="))
    if not name or not value:
        return None, text
    if _NAME.fullmatch(name) or _OF.fullmatch(name) or (_WORDS_ONLY.fullmatch(name) and not _HEDGES.search(name)):
        return (None, text) if name == value else (name, value)
    try:
        same = rational(name) is not None and rational(name) == rational(value)
    except ArithmeticError:
        same = False
    return (name, value) if same else (None, text)


def told_apart(answer: str, wanted: str, scalar: bool) -> str:
    """Why two items cannot be equal, whatever Math-Verify says; empty where they may be."""
    answer, wanted = plain(answer), plain(wanted)
    if _HEDGES.search(answer) and not _HEDGES.search(wanted):
        return "the answer hedges or denies"
    alien = _words(answer) - _words(wanted)
    if alien and not (scalar and _words(wanted)):
        return f"the answer has the word {min(alien)!r}"
    have, want = (frozenset(_RELATION.findall(text)) for text in (answer, wanted))
    if scalar and (have or re.search(r"[,;:]|\\[{}]|\\pm|\\mp|\\begin|\\cup|\\infty", answer)):
        return "a relation, set or list is not a single number"
    if ("\\neq" in have) != ("\\neq" in want):
        return "one of the two says what is not"
    if have and want and (have == {"="}) != (want == {"="}):
        return "an equation is not an inequality"
    if not scalar and ("°" in answer) != ("°" in wanted):
        return "degrees stand on one side alone"
    if _MODULUS.search(answer) and not _MODULUS.search(wanted):
        return "the answer alone has a modulus"
    if _BASE.search(answer) and not _BASE.search(wanted):
        return "the answer alone has a base"
    if _tops(answer) != _tops(wanted):
        return "over-bars and subscripts differ"
    return ""


def _tops(text: str) -> list[str]:
    """Marks that make another variable: x_1 and \\bar x are not x."""
    return sorted(re.findall(r"(?<=[A-Za-z])(?<!\\log)_(?:\w|\{\w+\})|\\(?:bar|hat|vec|tilde)(?![a-z])", key(text)))


def _words(text: str) -> set[str]:
    found = re.findall(r"[A-Za-z]{3,}", _MACRO.sub(" ", text))
    return {word.lower() for word in found if set(word.lower()) & set("aeiouy")} - _FUNCTIONS


def unsure(answer: str, wanted: str) -> str:
    """What Math-Verify would drop without a word, so that its verdict is none; empty where nothing is."""
    answer, wanted = plain(answer), plain(wanted)
    if _MODULUS.search(wanted):
        return "moduli are compared as text"
    if _BASE.search(wanted):
        return "bases are compared only where both are numbers"
    if _words(answer) != _words(wanted) and _words(answer) and _words(wanted):
        return "the words on the two sides differ"
    return ""
