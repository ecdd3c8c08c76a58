"""What people write around mathematics or instead of it, put as mathematics: "The answer is 42", "1011 base 2"."""

from __future__ import annotations

import functools
import re

from ..extract import INVISIBLE
from .words import CARDINALS, cardinal

_STATED = re.compile(
    r"^[*_#\s]*(?:(?:so|thus|hence|therefore),? )?(?:the )?(?:final |correct )?answer"
    r"[*_]*(?: is)?[*_]*(?: ?[:=] ?| )[*_ ]*(?=.)",
    re.IGNORECASE,
)
_STATED_IN_TEXT = re.compile(
    r"^\\text\s?\{\s*(?:the )?(?:final |correct )?answer(?: is)?:?\s*\}\s*:?(?=.)", re.IGNORECASE
)
_SPACES = re.compile(r"[ \t\r\n]+")  # a thin space is none of these
_FONT = re.compile(r"\{\s*\\(rm|bf|it|sf|tt)\b\s*")
_FONTS = {"rm": "mathrm", "bf": "mathbf", "it": "mathit", "sf": "mathsf", "tt": "mathtt"}
_UNIT_FRACTION = re.compile(
    r"\\[dt]?frac\s?\{\s?\\(?:text|mathrm)\s?\{([^{}]{1,20})\}\s?\}\s?\{\s?\\(?:text|mathrm)\s?\{([^{}]{1,20})\}\s?\}"
)
_TIMES_TEN = re.compile(r"(?<=\d)\s?[xX]\s?(?=10\s?\^)")
_RAISED_O = re.compile(r"(?<=\d)\s?\^\s?(?:[oO](?![A-Za-z])|\{\s?[oO]\s?\})")
_LIBRARY = re.compile(r"\b(?:math|np|numpy|sympy|sp|cmath)\.(?=[a-z])")
_ALIGNED = re.compile(
    r"\\(?:begin|end)\s?\{(?:aligned|align|equation|gathered|gather|split|alignat|eqnarray|math|cases)\*?\}"
)
_OUTWARD = re.compile(
    r"(\$?\s*(?:[a-z]\s?\\in\s)?)([\[\]])([^\[\](){}]{1,60}|[^\[\](),]{1,60}),([^\[\](),]{1,60})([\[\]])(\s*\$?)"
)
_IN_BASE = re.compile(
    r"\$?\(?([0-9A-Za-z]{1,60}(?:\.[0-9A-Za-z]{1,60})?)\)?\$?,?\s?"
    r"\(?\s?(?:in |to )?base[ -]?(\d{1,2}|[a-z]{3,7})\s?\)?",
    re.IGNORECASE,
)
_ALL_BUT = re.compile(
    r"(?:all|the|any) real (?:numbers?|values)(?: (?:of )?\$?[a-z]\$?)?,? "
    r"(?:except(?: for)?|other than|besides|but|excluding) (?:\$?[a-z]\s?=\s?)?(.{1,60})",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"(?:negative|minus)\s+(.{1,40})", re.IGNORECASE)
_SAID_OF = re.compile(r"(\$?[a-zA-Z]\$?)\s+is\s+(?:equal to\s+)?(?=[-\d\\$(])")
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7}
_PARTS |= {"eighth": 8, "ninth": 9, "tenth": 10, "twelfth": 12, "hundredth": 100, "thousandth": 1000}
_ANGLE = re.compile(r"\\(?:measured)?angle\s?\{?\s?([A-Z])\s?([A-Z])\s?([A-Z])\b\s?\}?")
_ONLY_TEXT = re.compile(r"\\text\s?\{([A-Za-z -]+)\}")
_UNIT_VECTOR = re.compile(
    r"\\(?:mathbf|bm|boldsymbol|vec|hat|widehat)\s?\{\s?(?:\\(?:mathbf|bm|boldsymbol|hat|vec)\s?\{\s?)?"
    r"(?:\\([ij])math|([ijk]))\s?\}(?:\s?\})?"
)


def bare(text: str) -> str:
    r"""Without spaces to spare, Markdown's stars around all of it, and "The answer is" before it; words as mathematics.

    >>> bare("**The answer is 42**"), bare("1011 base 2"), bare("one half")
    ('42', '1011_{2}', '\\frac{1}{2}')
    """
    text = " ".join(text.split()) if text.isascii() else _SPACES.sub(" ", text.translate(INVISIBLE)).strip(" ")
    if text.endswith("\\") and not text.endswith("\\\\"):
        text = text[:-1].rstrip()
    if "*" in text or "nswer" in text:
        text = text[:-1] if text.endswith("*.") else text
        text = _without_stars(_STATED_IN_TEXT.sub("", _STATED.sub("", _without_stars(text))))
    return _as_mathematics(text) if len(text) <= 400 else text


def _without_stars(text: str) -> str:
    for mark in ("**", "*"):
        inner = text[len(mark) : -len(mark)].strip()
        if text.startswith(mark) and text.endswith(mark) and inner and mark not in inner:
            return inner
    return text


@functools.lru_cache(maxsize=4096)
def _as_mathematics(text: str) -> str:
    if "\\" in text:
        if "{\\" in text:
            text = _FONT.sub(lambda found: f"\\{_FONTS[found[1]]}{{", text)
            text = _UNIT_FRACTION.sub(r"\\text{ \1/\2}", text)
        if any(letter in text for letter in ("{i}", "{j}", "{k}", "imath}", "jmath}")):
            text = _UNIT_VECTOR.sub(lambda found: f"\\unitvector{{{found[1] or found[2]}}}", text)
        if "angle" in text:
            text = _ANGLE.sub(r"\\Theta_{\1\2\3}", text)
        if "\\begin" in text and _ALIGNED.search(text) and not ("{cases}" in text and "&" in text):
            text = _in_one_line(text)
    if "10" in text:
        text = _TIMES_TEN.sub(r"\\times ", text)
    if "o" in text or "O" in text:
        text = _RAISED_O.sub(r"^\\circ ", text)
    if "." in text:
        text = _LIBRARY.sub("", text)
    if ("]" in text or text.endswith("[")) and (found := _OUTWARD.fullmatch(text)):
        start, opening, low, high, closing, end = found.groups()
        if (opening, closing) != ("[", "]"):
            text = f"{start}{'[' if opening == '[' else '('}{low},{high}{']' if closing == ']' else ')'}{end}"
    words = found[1].strip() if (found := _ONLY_TEXT.fullmatch(text)) else text
    said = _in_words(words) if " " in words else words
    return text if said == words else said


def _in_words(text: str) -> str:
    low = text.lower()
    if "base" in low and (found := _IN_BASE.fullmatch(text)):
        base = CARDINALS.get(found[2].lower(), found[2])
        return f"{found[1]}_{{{base}}}"
    if low.startswith(("all real", "any real", "the real")) and (found := _ALL_BUT.fullmatch(text.rstrip("."))):
        return f"\\mathbb{{R}} \\setminus \\{{{found[1]}\\}}"
    if low.startswith(("negative ", "minus ")) and (found := _NEGATIVE.fullmatch(text)):
        rest = found[1].strip(" .")
        if rest[0].isdecimal() or rest[0] in "$\\" or cardinal(rest.lower()) is not None:
            return f"-{cardinal(rest.lower()) or rest.strip('$')}"
    if " is " in low and (found := _SAID_OF.match(text)):
        return f"{found[1]} = {text[found.end() :]}"
    first, _, last = low.rpartition(" ")
    count, part = cardinal(first if first != "a" else "one"), _PARTS.get(last.removesuffix("s")) or _PARTS.get(last)
    return f"\\frac{{{count}}}{{{part}}}" if count is not None and part else text


def _in_one_line(text: str) -> str:
    """The lines of an aligned environment: a chain where they begin with a sign, else a list."""
    lines = [line.replace("&", " ").strip() for line in _ALIGNED.sub(" ", text).split("\\\\")]
    joined = ""
    for line in filter(None, lines):
        joined += f"{', ' if joined and line[0] != '=' else ' '}{line}"
    return joined.strip()
