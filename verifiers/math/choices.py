"""The letters of a multiple-choice answer, in any dress."""

from __future__ import annotations

import functools
import re

from .words import DENIALS, fold

_CHOICE = re.compile(r"(?:the)?(?:correct)?(?:option|choice|answer)?(?:is)?:?\(?([a-j])[).:]{0,2}")
_DRESS = re.compile(
    r"\\(?:boxed|fbox|textbf|textrm|text|mathrm|mathbf|bf|rm|displaystyle|boldsymbol|bm|mathit|left|right|quad)(?![a-z])"
    r"|\\[()\[\] ,;!]|[{}$~]|(?i:\b(?:option|choice)s?\b)"
)
_LETTER = re.compile(r"\s*\(?\s*([A-J])\s*\)?\s*[.:]?\s*")
_LETTERS = re.compile(r"\s*\(?[A-J]\)?(?:(?:\s*(?:,|;|&|\band\b)\s*)+\(?[A-J]\)?)+\.?\s*")
_WITH_TEXT = re.compile(
    r"\s*(?:the )?(?:correct )?(?:answer )?(?:is )?(?:\(\s*([A-Ja-j])\s*\)|([A-Ja-j])\s*[).:])\s*(\S.*)"
)
_MARK = re.compile(r"\([A-Ja-j]\)|\b[A-J][).:]|\b(?:or|and)\b")


@functools.lru_cache(maxsize=1024)
def wanted_letter(wanted: str) -> str:
    """The letter of the choice that the ground truth is, in lower case, or ""."""
    found = _LETTER.fullmatch(_DRESS.sub("", wanted)) if len(wanted) < 60 else None
    return found[1].lower() if found else ""


def is_letter(answer: str, letter: str) -> bool:
    """Whether the answer is this choice: (B), b, option B, or (B) with what stands there."""
    if len(answer) > 300 or (answer[-1:] == "'" and answer[:1] != "'"):  # B' is another point than B
        return False
    choice = _CHOICE.fullmatch(fold(answer))
    if choice:
        return choice[1] == letter
    found = _WITH_TEXT.fullmatch(_DRESS.sub(" ", answer))
    if not found or (found[1] or found[2]).lower() != letter or _MARK.search(found[3]):
        return False
    return not DENIALS & set(re.findall("[a-z]+", found[3].lower()))


def same_letters(answer: str, wanted: str) -> bool | None:
    """Whether two sets of choices agree; None unless both are that, and one of them sets its letters apart."""
    apart = letters(answer), letters(wanted)
    mine, theirs = apart[0] or letters_in_a_run(answer), apart[1] or letters_in_a_run(wanted)
    return mine == theirs if mine and theirs and any(apart) else None


def letters(text: str) -> frozenset[str]:
    """Several choices: "A, C", "A and C"."""
    plain = _DRESS.sub("", text) if len(text) < 100 else ""
    return frozenset(re.findall("[A-J]", plain)) if _LETTERS.fullmatch(plain) else frozenset()


def letters_in_a_run(text: str) -> frozenset[str]:
    """ACD: letters of choices in their order, with nothing between."""
    plain = _DRESS.sub("", text).strip(" .") if len(text) < 40 else ""
    ordered = len(plain) > 1 and re.fullmatch("[A-J]+", plain) and sorted(set(plain)) == list(plain)
    return frozenset(plain) if ordered else frozenset()
