"""A masked text as words, each with its script."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .mask import BLANKS
from .scripts import LATIN, SPACED, UNSPACED

_JOINTS = "'\\-·"
_TOKEN = re.compile(
    r"(?=[^\x00-/:-@\[-`{-\x7f])(?:"  # at a blank or a sign of ASCII nothing need be tried: for speed
    + "|".join(
        [rf"(?P<latin>[{LATIN}]+(?:[{_JOINTS}][{LATIN}]+)*)", rf"(?P<number>[\d{BLANKS}]+(?:[.,]\d+)*)"]
        + [f"(?P<{script}>[{letters}]+)" for script, (letters, _) in UNSPACED.items()]
        + [
            f"(?P<{script}>[{letters}]+(?:[{_JOINTS}][{letters}]+)*)"
            for script, letters in SPACED.items()
            if script != "latin"
        ]
        + [r"(?P<letter>[^\W\d_]+)"]
    )
    + ")"
)
_END = re.compile(r"[.!?。\n;:।؟|…]")
_SOFT = re.compile(r"[,、،()\[\]\"“”«»—–]")
_LETTERS_ALONE = {
    "latin": frozenset("aioyueàéèêíóúwzvsk"),
    "cyrillic": frozenset("авикоусяізєйжбъ"),
}
"""One-letter words."""
_NOT_WORDS = frozenset(
    """sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min sup inf det dim ker gcd lcm
    mod deg arg sgn cm mm km kg mg ml nm hz khz mhz ghz kb mb gb tb px dx dy dt dv du qed lhs rhs iff""".split()
)
"""Functions and units; some are words too, but never many."""
_OPERATORS = frozenset("=+*/^_<>≤≥≠≈×÷√∑∏∫±→⇒∈|&%#@~\\")
_VARIABLES = frozenset(["latin", "cyrillic", "greek"])
_JOINED = frozenset(["latin", "cyrillic", "greek", "armenian", "letter", "mixed", "number"])
"""What makes one word where it touches: scripts that look alike, and digits. Korean endings make none with `x`."""
_BESIDE = frozenset(" ,.;:!?\n'\"")
_BLANK = re.compile(f"[{BLANKS}]")
_LONG = 45  # no word of a language has so many letters; its pieces count
_PIECE = 6


@dataclass(slots=True)
class Word:
    """A word, or a run of signs of a script without spaces."""

    text: str
    script: str
    """A name in `scripts.py`; "mixed" where letters of two scripts stand in one word; "number" for what is no word."""
    start: int
    sentence: int
    """The number of the sentence that it stands in."""
    soft: bool = False
    """Whether a comma or the like stands before it."""
    comma: bool = False
    """Whether a comma of NFKC's stands right behind it: Chinese has it where Japanese has `、`."""


def words(text: str) -> list[Word]:
    """The words of a masked text, numbers and blanks among them.

    >>> [(word.text, word.script) for word in words("so 概率 is 2")]
    [('so', 'latin'), ('概率', 'han'), ('is', 'latin'), ('2', 'number')]
    """
    found: list[Word] = []
    gaps: dict[str, tuple[bool, bool]] = {" ": (False, False)}
    sentence, place, end = 0, 0, len(text)
    for match in _TOKEN.finditer(text):
        start, script, token = match.start(), match.lastgroup or "letter", match.group()
        if start > place or not found:
            gap = text[place:start]
            ends, soft = gaps.get(gap) or gaps.setdefault(gap, (bool(_END.search(gap)), bool(_SOFT.search(gap))))
            sentence += ends
            if found and gap[:1] == ",":
                found[-1].comma = True
        elif _joined(found[-1], token, script):
            place = match.end()
            continue
        else:
            soft = False
        place = match.end()
        if script in SPACED:
            script = _kind(token, script, text[start - 1] if start else " ", text[place] if place < end else " ")
            if len(token) > _LONG:
                found += [Word(token[i : i + _PIECE], "mixed", start, sentence) for i in range(0, len(token), _PIECE)]
                continue
        found.append(Word(token, script, start, sentence, soft))
    _drop_variables(found)
    return found


def _drop_variables(words: list[Word]) -> None:
    """A letter alone is a word only beside a longer one: `y luego`, not `x + y`."""
    for i, word in enumerate(words):
        if len(word.text) == 1 and word.script in _VARIABLES:
            end = word.start + 1
            before = (
                i > 0
                and _beside(words[i - 1], word.script)
                and words[i - 1].start + len(words[i - 1].text) >= word.start - 1
            )
            after = i + 1 < len(words) and _beside(words[i + 1], word.script) and words[i + 1].start <= end + 2
            if not (before or after):
                word.script = "number"


def _beside(word: Word, script: str) -> bool:
    return word.script == script and len(word.text) > 1


def _joined(last: Word, token: str, script: str) -> bool:
    """Whether two kinds of signs that touch are one word: x2, km2, a look-alike letter in a word."""
    if last.script not in _JOINED or script not in _JOINED or len(last.text) + len(token) > _LONG:
        return False
    if _BLANK.search(token) or _BLANK.search(last.text):
        return False
    last.text += token
    letters = sum(map(str.isalpha, last.text))
    numeric = any(map(str.isdigit, last.text)) and (letters < 4 or last.text.isupper())
    last.script = "number" if numeric or letters < 3 else "mixed"
    return True


def _kind(token: str, script: str, before: str, after: str) -> str:
    """The script of a word, or "number" for a variable, a function or a unit."""
    if len(token) == 1 and script in _VARIABLES:
        if token not in _LETTERS_ALONE.get(script, ()) and token != "I":
            return "number"
        return script if before in _BESIDE and after in _BESIDE else "number"
    if len(token) == 2 and (before in _OPERATORS or after in _OPERATORS):
        return "number"
    if len(token) < 7 and token.lower() in _NOT_WORDS:
        return "number"
    return script
