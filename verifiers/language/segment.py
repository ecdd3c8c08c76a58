"""Which words of a script of several languages belong to the target: windows of five, then the likeliest stretches."""

from __future__ import annotations

import math

from .identify import Identifier
from .lexicon import WORDS
from .scripts import SCRIPT
from .words import Word

_WINDOW, _STRIDE = 5, 2
_CLIP = 4.0
_KNOWN = 1.6  # for a little word of the target alone
_ALIEN = 1.6  # against, for one of another language alone
_NONE_KNOWN = 1.5  # against, for a window without any
_SWITCH, _SWITCH_SOFT, _SWITCH_SENTENCE = 5.0, 3.0, 1.5


def belongs(words: list[Word], target: str, probabilities: Identifier) -> list[bool]:
    """For each word of one script, whether it belongs to the target.

    The path through "target" and "something else" that costs least (Viterbi): each word has evidence, and each change of
    language costs, least between sentences.
    """
    if not words:
        return []
    evidence = _evidence(words, target, probabilities)
    inside, outside = max(0.0, evidence[0]), 0.0
    inside, outside = evidence[0], -evidence[0]
    came: list[tuple[bool, bool]] = []
    for i in range(1, len(words)):
        word, last = words[i], words[i - 1]
        cost = _SWITCH_SENTENCE if word.sentence != last.sentence else _SWITCH_SOFT if word.soft else _SWITCH
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


def _evidence(words: list[Word], target: str, probabilities: Identifier) -> list[float]:
    """Log-odds for the target, word by word."""
    texts = [word.text.lower() for word in words]
    own = WORDS.get(target, frozenset())
    others = _others(target)
    known = [text in own for text in texts]
    evidence = []
    for i, text in enumerate(texts):
        alien = text in others
        evidence.append((0.2 if alien else _KNOWN) if known[i] else -_ALIEN if alien else 0.0)
    memory: dict[str, float] = {}
    start = 0
    while start < len(words):
        end = start + 1
        while end < len(words) and words[end].sentence == words[start].sentence:
            end += 1
        for i, odds in enumerate(
            _windows(texts[start:end], known[start:end], target, probabilities, memory, bool(own))
        ):
            evidence[start + i] += odds
        start = end
    return evidence


def _windows(
    texts: list[str], known: list[bool], target: str, probabilities: Identifier, memory: dict[str, float], lexicon: bool
) -> list[float]:
    """For each word of a sentence the mean log-odds of the windows that it stands in."""
    count = len(texts)
    starts = [0] if count <= _WINDOW + 1 else [*range(0, count - _WINDOW, _STRIDE), count - _WINDOW]
    size = count if count <= _WINDOW + 1 else _WINDOW
    sums, times = [0.0] * count, [0] * count
    for start in starts:
        text = " ".join(texts[start : start + size])
        odds = memory.get(text)
        if odds is None:
            probability = min(max(probabilities(text).get(target, 0.0), 1e-4), 1 - 1e-4)
            odds = min(max(math.log(probability / (1 - probability)), -_CLIP), _CLIP)
            odds *= min(1.0, size / 4)
            if lexicon and size > 3 and not any(known[start : start + size]):
                odds -= _NONE_KNOWN
            memory[text] = odds
        for i in range(start, start + size):
            sums[i] += odds
            times[i] += 1
    return [total / n for total, n in zip(sums, times)]


def _others(target: str) -> frozenset[str]:
    return (
        _OTHERS[target]
        if target in _OTHERS
        else _OTHERS.setdefault(
            target,
            frozenset().union(
                *(WORDS[other] for other in WORDS if other != target and SCRIPT[other] == SCRIPT[target])
            ),
        )
    )


_OTHERS: dict[str, frozenset[str]] = {}
