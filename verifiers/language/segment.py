"""Which words of a script of several languages belong to the target: evidence, then the likeliest stretches."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from .identify import Probabilities
from .lexicon import ALPHABET, KIN, NEEDED, WORDS
from .scripts import SCRIPT
from .words import Word

_WINDOW = 4
_CENTRAL = (0.5, 1.0, 1.0, 0.5)
"""How much a window says of each of its words."""
_VOWELS = frozenset("aeiouy'-")
_MANY = 20_000
_CLIP = 4.0
_ENOUGH = 20  # letters, for one that is missing to say something
_KNOWN = 1.6  # for a little word of the target alone
_SHARED = 0.2  # for one of the target and others
_ALIEN = 1.6  # against, for one of others alone, or a letter that the target has not
_HARDLY = 0.4  # against, for one of languages that are nowhere else in the text
_NONE_KNOWN = 1.5  # against, for a window without any little word of the target
_PRESENT = 0.9  # so likely in some window, a language is in the text
_ABSENT = 0.3  # what a probability counts of a language that is not
_UNTOLD = 0.1  # of a cousin that no word speaks for
_LEAST = 0.2  # of the rival's share the target has in the whole, if no word need speak for the rival
_START = 200  # words that tell whether the whole may be in a cousin
_GAP = 5  # more words in a row without a little word are looked at more closely
_CLEAR = 0.88  # a clause as clear as that is not cut into windows
_MOSTLY, _TRUST = 0.7, 0.8  # where no other language is, and most is in the target, so is what is doubtful
_SWITCH, _SWITCH_SOFT, _SWITCH_SENTENCE = 5.0, 3.0, 1.5


def belongs(words: list[Word], target: str, probabilities: Probabilities) -> list[bool]:
    """For each word of one script, whether it belongs to the target.

    The best path through "target" and "something else" (Viterbi): each word has log-odds for the target, and each
    change of language costs, least between sentences.
    """
    if not words:
        return []
    seen = _Evidence(target, probabilities)
    evidence = seen.of(words)
    path = _best_path(words, evidence)
    if not seen.present and _MOSTLY * len(path) <= sum(path) < len(path):
        path = _best_path(words, [odds + _TRUST for odds in evidence])
    return path


def _best_path(words: list[Word], evidence: list[float]) -> list[bool]:
    if min(evidence) >= 0:
        return [True] * len(words)
    inside, outside = evidence[0], -evidence[0]
    came: list[tuple[bool, bool]] = []
    for i in range(1, len(words)):
        word = words[i]
        cost = _SWITCH_SENTENCE if word.sentence != words[i - 1].sentence else _SWITCH_SOFT if word.soft else _SWITCH
        stay_in, stay_out = inside >= outside - cost, outside >= inside - cost
        came.append((stay_in, stay_out))
        inside, outside = (
            (inside if stay_in else outside - cost) + evidence[i],
            (outside if stay_out else inside - cost) - evidence[i],
        )
    state = inside >= outside
    path = [state]
    for stay_in, stay_out in reversed(came):
        state = stay_in if state else not stay_out
        path.append(state)
    return path[::-1]


class _Clause(NamedTuple):
    """A few words that one language is likely to have said."""

    texts: list[str]
    excluded: frozenset[str]
    """The languages that their sentence cannot be in."""
    windows: bool


def _longest_gap(known: list[bool]) -> int:
    """The most words in a row without a little word."""
    longest = row = 0
    for is_known in known:
        row = 0 if is_known else row + 1
        longest = max(longest, row)
    return longest


@functools.cache
def _words_of_kin(target: str) -> frozenset[str]:
    """The little words of the other languages of its script."""
    kin = [code for code in WORDS if code != target and SCRIPT[code] == SCRIPT[target]]
    return frozenset[str]().union(*(WORDS[code] for code in kin))


class _Evidence:
    """Log-odds for one target."""

    def __init__(self, target: str, probabilities: Probabilities) -> None:
        self.target, self.probabilities = target, probabilities
        self.own = WORDS.get(target, frozenset())
        self.absent = _words_of_kin(target)
        self.stride = 1
        self.present: set[str] = set()
        self.others: frozenset[str] = frozenset()
        self.known: dict[str, float] = {}
        self.voiced = SCRIPT[target] == "latin" and target not in ("cs", "sk", "sl", "hr", "cy")
        """Whether its longer words have a vowel: Czech `prst` has none."""
        self.odds: dict[str, float] = {}
        self.rivals = {code: WORDS[code] - self.own for code in KIN.get(target, ())}
        """The little words that a cousin has and the target has not."""
        alphabet = ALPHABET.get(target, frozenset())
        self.strange = {code: ALPHABET[code] - alphabet for code in self.rivals}

    def of(self, words: list[Word]) -> list[float]:
        if self.rivals:
            whole = self._probability([word.text.lower() for word in words[:_START]])
            least = whole.get(self.target, 0.0) / _LEAST
            self.rivals = {code: own for code, own in self.rivals.items() if whole.get(code, 0.0) <= least}
        self.stride = min(_WINDOW, 1 + len(words) // _MANY)
        clauses = self._clauses(words)
        for code in self.present:
            self.others |= WORDS.get(code, frozenset())
        evidence: list[float] = []
        for clause in clauses:
            evidence += self._odds(clause)
        return evidence

    def _clauses(self, words: list[Word]) -> list[_Clause]:
        """Cut at commas where three words or more are left on both sides; find the languages that are present."""
        texts = [word.text.lower() for word in words]
        clauses: list[_Clause] = []
        start = 0
        while start < len(words):
            sentence, end = words[start].sentence, start + 1
            while end < len(words) and words[end].sentence == sentence:
                end += 1
            excluded = self._excluded(texts[start:end])
            cut = start
            for i in range(start + 3, end + 1):
                if i == end or (words[i].soft and i - cut >= 3 and end - i >= 3):
                    clauses.append(self._clause(texts[cut:i], excluded))
                    cut = i
            if cut < end:
                clauses.append(self._clause(texts[cut:end], excluded))
            start = end
        return clauses

    def _excluded(self, texts: list[str]) -> frozenset[str]:
        """The languages that a sentence cannot be in for its letters, where few share a script."""
        script = SCRIPT[self.target]
        if script == "latin":
            return frozenset()
        letters = set("".join(texts))
        enough = sum(map(len, texts)) >= _ENOUGH
        excluded = {code for code, own in NEEDED.items() if enough and own.isdisjoint(letters)}
        excluded |= {code for code, own in ALPHABET.items() if SCRIPT[code] == script and not letters <= own}
        return frozenset(excluded)

    def _clause(self, texts: list[str], excluded: frozenset[str]) -> _Clause:
        whole = self._probability(texts)
        windows = len(texts) > _WINDOW and not self._clear(texts, whole)
        pieces = [texts[i : i + _WINDOW] for i in self._starts(texts)] if windows else []
        for found in [whole, *map(self._probability, pieces)] if len(texts) >= _WINDOW else []:
            code = max(found, key=found.__getitem__, default="und")
            if found.get(code, 0.0) >= _PRESENT and code != self.target and self._told(code, texts):
                self.present.add(code)
        return _Clause(texts, excluded, windows)

    def _told(self, code: str, texts: list[str]) -> bool:
        """Whether a word speaks for a language, where it is a cousin of the target."""
        if code not in self.rivals:
            return True
        theirs = sum(text in self.rivals[code] or not self.strange[code].isdisjoint(text) for text in texts)
        ours = sum(text in self.own and text not in WORDS[code] for text in texts)
        return theirs > ours

    def _clear(self, texts: list[str], whole: dict[str, float]) -> bool:
        """Whether a clause is in one language beyond doubt, and need not be cut into windows."""
        if not whole:
            return False
        code = max(whole, key=whole.__getitem__)
        if whole[code] < _CLEAR:
            return False
        if code == self.target:
            own, others = self.own, self.absent
            if own and _longest_gap([text in own for text in texts]) > _GAP:
                return False
        else:
            own, others = WORDS.get(code, frozenset()), self.own
        return sum(text in others and text not in own for text in texts) * 12 <= len(texts)

    def _starts(self, texts: list[str]) -> list[int]:
        """Where windows begin: at each word, and in texts longer than any completion at fewer."""
        return [*range(0, len(texts) - _WINDOW, self.stride), len(texts) - _WINDOW]

    def _probability(self, texts: list[str]) -> dict[str, float]:
        return self.probabilities(" ".join(texts))

    def _word(self, text: str) -> float:
        odds = self.known.get(text)
        if odds is None:
            if text in self.own:
                odds = _SHARED if text in self.others else _KNOWN
            else:
                odds = -_ALIEN if text in self.others else -_HARDLY if text in self.absent else 0.0
                alphabet = ALPHABET.get(self.target)
                if alphabet is not None and not text.isascii() and not alphabet.issuperset(text):
                    odds = -_ALIEN
                elif len(text) > 3 and text.isascii() and self.voiced and not _VOWELS.intersection(text):
                    odds = -2 * _ALIEN
            self.known[text] = odds
        return odds

    def _odds(self, clause: _Clause) -> list[float]:
        """What each word says itself, and what the windows say that it stands in."""
        texts = clause.texts
        known = self.known
        alone = [known[text] if text in known else self._word(text) for text in texts]
        if not clause.windows:
            whole = self._text(texts, clause.excluded)
            return [odds + whole for odds in alone]
        sums, times = [0.0] * len(texts), [0.0] * len(texts)
        for start in self._starts(texts):
            odds = self._text(texts[start : start + _WINDOW], clause.excluded)
            for i, central in enumerate(_CENTRAL, start):
                sums[i] += odds * central
                times[i] += central
        return [odds + total / n for odds, total, n in zip(alone, sums, times, strict=True)]

    def _text(self, texts: list[str], excluded: frozenset[str]) -> float:
        text = " ".join(texts)
        if text in self.odds and not excluded:
            return self.odds[text]
        found = self._probability(texts)
        ours = found.get(self.target, 0.0)
        theirs = others = 0.0
        for code, share in found.items():
            if code in self.rivals and not self._told(code, texts):
                others += 0.0 if code in excluded else share * _UNTOLD / _ABSENT
            elif code in self.present:
                theirs += 0.0 if code in excluded else share
            elif code != self.target and code not in excluded:
                others += share
        others += max(0.0, 1 - sum(found.values()))
        weighted = ours + theirs + _ABSENT * others
        probability = 0.0 if self.target in excluded or not weighted else ours / weighted
        odds = math.log(max(probability, 1e-4) / max(1 - probability, 1e-4))
        odds = min(max(odds, -_CLIP), _CLIP) * min(1.0, len(texts) / _WINDOW)
        if self.own and len(texts) >= _WINDOW and self.own.isdisjoint(texts):
            odds -= _NONE_KNOWN
        if not excluded:
            self.odds[text] = odds
        return odds
