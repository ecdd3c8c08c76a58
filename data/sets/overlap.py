"""Which evaluation question a question shares a run of words with (DeepSeek-R1's supplement: 10-grams)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .choices import ASKED as CHOOSE
from .contests import ASKED as PRINT
from .programs import ASKED as COMPLETE
from .programs import PASS
from .puzzles import ASKED as NAME

N = 10
_EACH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Kana and Han are written without spaces: a character counts as a word."""
_WORD = re.compile(rf"[{_EACH}]|[^\W{_EACH}]+")
_DRESS = re.compile(r"\[asy\].*?\[/asy\]|\\[A-Za-z]+|```\w*", re.DOTALL)
"""Drawings, and TeX's commands: what they dress is compared."""
_OURS = re.compile("|".join(map(re.escape, (CHOOSE, PRINT, COMPLETE, PASS, NAME))))
"""What data/prepare.py puts around every question of a set is nothing that they share."""


class Seen(NamedTuple):
    """An evaluation question."""

    set: str
    id: str


class Overlap(NamedTuple):
    """What is shared, and with whom first."""

    words: str
    seen: Seen


class Index(NamedTuple):
    """Runs of words of evaluation questions; those too short for a run are held whole, apart."""

    runs: Mapping[str, Seen]
    whole: Mapping[str, Seen]
    n: int
    common: frozenset[str]
    """Runs that are a manner of speaking, and so do not count."""


def words(question: str) -> list[str]:
    r"""The words and numbers of a question, without case, marks, and how TeX dresses them.

    >>> words("Find $\\frac{1}{2}$ of the CAFÉ's area!")
    ['find', '1', '2', 'of', 'the', 'café', 's', 'area']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", _DRESS.sub(" ", _OURS.sub(" ", question))).casefold())


def runs(question: str, n: int = N) -> list[str]:
    """Every n words in a row; all of them where there are fewer."""
    found = words(question)
    return [" ".join(found[at : at + n]) for at in range(max(1, len(found) - n + 1))] if found else []


def index(questions: Iterable[tuple[Seen, str]], n: int = N, most: int = 0) -> Index:
    """All runs of the questions. With `most`, a run of more questions than that is nobody's."""
    of_runs: dict[str, Seen] = {}
    whole: dict[str, Seen] = {}
    count: dict[str, int] = {}
    for seen, question in questions:
        own = runs(question, n)
        if len(own) == 1 and own[0].count(" ") < n - 1:
            whole.setdefault(own[0], seen)
            continue
        for run in set(own):
            of_runs.setdefault(run, seen)
            count[run] = count.get(run, 0) + 1
    common = frozenset(run for run, times in count.items() if most and times > most)
    return Index({run: seen for run, seen in of_runs.items() if run not in common}, whole, n, common)


def overlap(question: str, against: Index) -> Overlap | None:
    """The first run that an evaluation question holds too, or None.

    >>> long = "one two three four five six seven eight nine ten eleven"
    >>> seen = index([(Seen("aime", "1"), long), (Seen("b", "2"), "2+2?")])
    >>> overlap("And: two, three, four, five, SIX, seven, eight, nine, ten, eleven.", seen).seen.id
    '1'
    >>> overlap("2 + 2", seen).seen.id, overlap("What is 2+2?", seen)
    ('2', None)
    """
    for run in runs(question, against.n):
        seen = against.runs.get(run) or against.whole.get(run)
        if seen:
            return Overlap(run, seen)
    return None
