"""Letters in an order that the language hardly has: mash, random signs, another language spelt in its letters."""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from .lexicon import SPELT
from .scripts import SCRIPT, UNSPACED
from .words import Word

_NOT_JUDGED = frozenset(["latin", "kana"])
"""Latin has a lexicon and an identifier that has seen gibberish, kana little that could be implausible."""
_PROFILES = {"zh": ("zh-cn", "zh-tw")}
_SIGNS = {"hangul": 2350, "han": 3755}
"""How many a script has in use, where the profile holds only the frequent ones."""
_EXPECTED = {"ru": 0.1, "uk": 0.1, "bg": 0.1, "mk": 0.1, "ar": 0.0, "hi": 0.0, "he": 0.0, "th": -0.25, "ko": -0.3}
"""What a letter of the language gains at least over letters at random, on average of some words; elsewhere -0.1."""
_EXPECTED_SIGN = -0.5  # of Chinese
_MIX = (0.1, 0.4, 0.5)  # of a letter alone, behind one, behind two
_FLOOR = 2e-5
_FLOOR_HANGUL = 5e-5  # the profile holds half of the syllables in use
_MOST = 5.0  # that one word can say: a name is a strange word, and stands between others
_MOST_NAME = 2.0
_AMONG = 3.0  # what two of these say against each word of its sentence
_ALIEN = 8.0  # what an English word in the script's letters says against
_HAN = 0.45  # what one sign says: there are ten rare ones in a row that are no gibberish
_EDGE, _EDGE_INSIDE = 5.0, 7.0  # what the edge of a stretch of gibberish costs, the second within a sentence
_MARKS = re.compile("[\u0591-\u05c7]")
"""Vowels of Hebrew, which hardly any text has."""
_AGAINST_ENGLISH = frozenset(["ru", "uk", "ar", "hi", "ko"])
_JOINTS = re.compile(r"['\-·]")
_ONE = {0x6CC: 0x64A}
"""Letters that the profiles hold as one."""
_MOST_WORDS = 50_000


def implausible(words: list[Word], places: list[int], target: str) -> list[int]:
    """Which of the words taken for the target's, by their places, are hardly words of it; none without a profile."""
    gains = None if SCRIPT[target] in _NOT_JUDGED else _gains(target)
    if gains is None or not places:
        return []
    odds = [_gain(words[i], gains) for i in places]
    spelt = _spelt(target)
    found = Counter(words[i].sentence for i in places if words[i].text.lower() in spelt)
    among = {sentence for sentence, count in found.items() if count > 1}
    if among:
        odds = [odd - _AMONG if words[i].sentence in among else odd for odd, i in zip(odds, places, strict=True)]
    edges = [_EDGE, *(_edge(words[i], words[k]) for i, k in itertools.pairwise(places)), _EDGE]
    return [i for i, out in zip(places, _stretches(odds, edges), strict=True) if out]


def _gain(word: Word, gains: Callable[[str], float]) -> float:
    if word.script == "kana":
        return 0.0
    gain = gains(word.text)
    return max(gain, -_MOST_NAME) if word.text.istitle() else gain


def _edge(word: Word, following: Word) -> float:
    return _EDGE_INSIDE if word.sentence == following.sentence and not following.soft else _EDGE


def _stretches(odds: list[float], edges: list[float]) -> Iterator[bool]:
    """Whether each word stands in a stretch whose sum is so low that it pays for both its edges."""
    inside, outside = 0.0, -edges[0]
    came: list[tuple[bool, bool]] = []
    for gain, edge in zip(odds, edges[1:], strict=True):
        inside += gain
        stay_in, stay_out = inside >= outside - edge, outside >= inside - edge
        came.append((stay_in, stay_out))
        inside, outside = inside if stay_in else outside - edge, outside if stay_out else inside - edge
    path: list[bool] = []
    out = False
    for stay_in, stay_out in reversed(came):
        out = stay_out if out else not stay_in
        path.append(out)
    return reversed(path)


@functools.cache
def _gains(target: str) -> Callable[[str], float] | None:
    """From a word to what it is likelier in the language than as letters at random, in logarithms."""
    counts = _counts(target)
    if not counts:
        return None
    script = SCRIPT[target]
    letters = {run: count for run, count in counts.items() if len(run) == 1 and run >= "\xc0"}
    starts = sum(count for run, count in counts.items() if len(run) == 2 and run[0] == " ")
    total = sum(letters.values()) + starts
    uniform = 1 / _SIGNS.get(script, len(letters))
    expected = _EXPECTED.get(target, -0.1)
    floor = _FLOOR_HANGUL if script == "hangul" else _FLOOR
    known = dict.fromkeys(_spelt(target), -_ALIEN)

    def letter(one: str, two: str, three: str) -> float:
        """`three` and `two` end with the letter `one`; `three` is shorter at the beginning of a word."""
        alone = (starts if one == " " else letters.get(one, 0.0)) / total
        before = starts if two[0] == " " else letters.get(two[0], 0.0)
        behind_one = counts.get(two, 0.0) / before if before else 0.0
        behind_two = behind_one
        if len(three) == 3:
            behind_two = counts.get(three, 0.0) / counts[three[:2]] if three[:2] in counts else 0.0
        likely = _MIX[0] * alone + _MIX[1] * behind_one + _MIX[2] * behind_two
        return math.log(max(min(likely, 1.0), floor) / (alone if one == " " else 0.6 * alone + 0.4 * uniform))

    def spaced(text: str) -> float:
        gain, length = 0.0, 0
        for part in _JOINTS.split(_MARKS.sub("", text.lower()).translate(_ONE)):
            padded = f" {part} "
            for end in range(2, len(padded) + 1 if part else 0):
                gain += letter(padded[end - 1], padded[end - 2 : end], padded[max(0, end - 3) : end]) - expected
                length += 1
        most = _MOST * max(1.0, length * UNSPACED[script][1] if script in UNSPACED else 1.0)
        return min(max(gain, -most), most)

    def han(text: str) -> float:
        gain, before = 0.0, ""
        for sign in text:
            likely = 0.9 * letters.get(sign, 0.0) / total + 0.1 / 6000
            if before in letters:
                likely = 0.6 * likely + 0.4 * counts.get(before + sign, 0.0) / letters[before]
            gain += math.log(likely / uniform) - _EXPECTED_SIGN
            before = sign
        return gain * _HAN

    def gains(text: str) -> float:
        gain = known.get(text)
        if gain is None:
            gain = han(text) if script == "han" else spaced(text)
            if len(known) < _MOST_WORDS:
                known[text] = gain
        return gain

    return gains


def _spelt(target: str) -> frozenset[str]:
    """English words in the target's letters, where they are told from its own."""
    return SPELT.get(SCRIPT[target], frozenset()) if target in _AGAINST_ENGLISH else frozenset()


def _counts(target: str) -> dict[str, float]:
    """How often runs of letters are, in langdetect's profiles; found without importing it."""
    package = importlib.util.find_spec("langdetect")
    counts: dict[str, float] = {}
    for folder in (package.submodule_search_locations or []) if package else []:
        for name in _PROFILES.get(target, (target,)):
            file = Path(folder) / "profiles" / name
            if file.is_file():
                for run, count in json.loads(file.read_text(encoding="utf-8"))["freq"].items():
                    counts[run] = counts.get(run, 0.0) + count
    return counts
