"""The letters of a multiple-choice answer, in any dress."""

from __future__ import annotations

import functools
import re

from .words import DENIALS, fold

LAST = "J"
"""In mathematics a letter further on is a variable."""
_DRESS = re.compile(
    r"\\(?:boxed|fbox|textbf|textrm|text|mathrm|mathbf|bf|rm|displaystyle|boldsymbol|bm|mathit|left|right|quad)(?![a-z])"
    r"|\\[()\[\] ,;!]|[{}$~]|(?i:\b(?:option|choice)s?\b)"
)
_LETTER = re.compile(r"\s*\(?\s*([A-J])\s*\)?\s*[.:]?\s*")
_LETTERS = re.compile(r"\s*\(?[A-J]\)?(?:(?:\s*(?:,|;|&|\band\b)\s*)+\(?[A-J]\)?)+\.?\s*")
_MARK = re.compile(r"\([A-Ja-j]\)|\b[A-J][).:]|\b(?:or|and)\b")


@functools.lru_cache(maxsize=32)
def _dressed(last: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A letter alone, folded, and one with what stands there."""
    return (
        re.compile(rf"(?:the)?(?:correct)?(?:option|choice|answer)?(?:is)?:?\(?([a-{last.lower()}])[).:]{{0,2}}"),
        re.compile(
            r"\s*(?:the )?(?:correct )?(?:answer )?(?:is )?"
            rf"(?:\(\s*([A-{last}a-{last.lower()}])\s*\)|([A-{last}a-{last.lower()}])\s*[).:])\s*(\S.*)"
        ),
    )


@functools.lru_cache(maxsize=1024)
def wanted_letter(wanted: str) -> str:
    """The letter of the choice that the ground truth is, in lower case, or ""."""
    found = _LETTER.fullmatch(_DRESS.sub("", wanted)) if len(wanted) < 60 else None
    return found[1].lower() if found else ""


def is_letter(answer: str, letter: str) -> bool:
    """Whether the answer is this choice: (B), b, option B, or (B) with what stands there."""
    if len(answer) > 300:
        return False
    said = letter_and_text(answer)
    if said is None or said[0] != letter or _MARK.search(said[1]):
        return False
    return not (said[1] and DENIALS & set(re.findall("[a-z]+", said[1].lower())))


def letter_and_text(answer: str, last: str = LAST) -> tuple[str, str] | None:
    """The one letter up to `last` that the answer says, in lower case, and the text that it gives with it.

    >>> letter_and_text("(B)"), letter_and_text(r"\\text{B. four}"), letter_and_text("AB")
    (('b', ''), ('b', 'four'), None)
    """
    if answer[-1:] == "'" and answer[:1] != "'":  # B' is another point than B
        return None
    alone, with_text = _dressed(last)
    choice = alone.fullmatch(fold(answer))
    if choice:
        return choice[1], ""
    found = with_text.fullmatch(undressed(answer))
    return ((found[1] or found[2]).lower(), found[3].strip()) if found else None


def undressed(text: str) -> str:
    """Without the commands, dollars and words that a choice is dressed in."""
    return _DRESS.sub(" ", text)


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
