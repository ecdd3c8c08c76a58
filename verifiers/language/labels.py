"""The language of each word, seen from the target: the target, another one, or none."""

from __future__ import annotations

import functools
from collections import Counter

from .han import han_languages
from .identify import Probabilities
from .lexicon import WORDS
from .plausible import implausible
from .scripts import ONLY, SCRIPT, SHARED, UNSPACED
from .segment import belongs
from .words import Word

_CASED = frozenset(["latin", "cyrillic", "greek", "armenian"])
_NAMES = 2  # so many in a row are forgiven
_NAMES_SHARE = 2  # and in all, half as many as there are words of the target
_SURE = 0.4


def languages(words: list[Word], target: str, probabilities: Probabilities | None) -> list[str]:
    """A code for each word: "" for what does not count, "und" for what is in no language that can be told."""
    labels = ["" if word.script == "number" else ONLY.get(word.script, "und") for word in words]
    for i, label in han_languages(words, target).items():
        labels[i] = label
    if probabilities is not None:
        probabilities = functools.cache(probabilities)  # for this text: many a clause is asked for twice
        by_script: dict[str, list[int]] = {}
        for i, word in enumerate(words):
            if word.script in SHARED:
                by_script.setdefault(word.script, []).append(i)
        for script, places in by_script.items():
            if script == SCRIPT[target]:
                places = _without_acronyms(words, places, labels, target)
                inside = belongs([words[i] for i in places], target, probabilities)
                for i, is_target in zip(places, inside, strict=True):
                    labels[i] = target if is_target else ""
                places = [i for i, is_target in zip(places, inside, strict=True) if not is_target]
            _name_others(words, places, labels, target, probabilities)
    for i in implausible(words, [i for i, label in enumerate(labels) if label == target], target):
        labels[i] = "und"
    _forgive_names(words, labels, target)
    return labels


def weigh(words: list[Word], labels: list[str]) -> dict[str, float]:
    """How many words of each language there are, scripts made comparable."""
    counts: Counter[tuple[str, str]] = Counter()
    for word, label in zip(words, labels, strict=True):
        if label:
            counts[label, word.script if word.script in UNSPACED else ""] += (
                len(word.text) if word.script in UNSPACED else 1
            )
    weights: dict[str, float] = {}
    for (label, script), count in sorted(counts.items()):
        weights[label] = weights.get(label, 0.0) + count * (UNSPACED[script][1] if script else 1.0)
    return weights


def _without_acronyms(words: list[Word], places: list[int], labels: list[str], target: str) -> list[int]:
    """The places without words in capitals among others: ABC, DNA, QED."""
    lower = {words[i].sentence for i in places if not words[i].text.isupper()}
    own = WORDS.get(target, frozenset())
    kept = []
    for i in places:
        text = words[i].text
        if text.isupper() and 1 < len(text) < 6 and words[i].sentence in lower and text.lower() not in own:
            labels[i] = ""
        else:
            kept.append(i)
    return kept


def _name_others(
    words: list[Word], places: list[int], labels: list[str], target: str, probabilities: Probabilities
) -> None:
    """Say of words that are not the target's what they are, sentence by sentence."""
    start = 0
    names: dict[str, str] = {}
    while start < len(places):
        end = start + 1
        while end < len(places) and words[places[end]].sentence == words[places[start]].sentence and end - start < 100:
            end += 1
        text = " ".join([words[i].text.lower() for i in places[start:end]])
        if text not in names:
            found = probabilities(text)
            best = max((code for code in found if code != target), key=lambda code: (found[code], code), default="und")
            likely = SCRIPT.get(best) == words[places[start]].script and found[best] >= _SURE
            names[text] = best if likely else "und"
        for i in places[start:end]:
            labels[i] = names[text]
        start = end


def _forgive_names(words: list[Word], labels: list[str], target: str) -> None:
    """Names and acronyms in a foreign script do not count, up to two in a row."""
    script = SCRIPT[target]
    if not any(
        label and label != target and (word.script in _CASED or word.script == "mixed")
        for word, label in zip(words, labels, strict=True)
    ):
        return
    ours = {script, "han"} if script == "kana" else {script}
    budget = max(
        _NAMES, int(sum(weigh(words, [label if label == target else "" for label in labels]).values()) / _NAMES_SHARE)
    )
    row: list[int] = []
    for i in range(len(words) + 1):
        word = words[i] if i < len(words) else None
        if word is None or (word.script in ours and labels[i] == target):
            if len(row) <= min(_NAMES, budget) and all(words[k].text[0].isupper() for k in row):
                budget -= len(row)
                for k in row:
                    labels[k] = ""
            row = []
        elif word.script not in ours and labels[i] and (word.script in _CASED or word.script == "mixed"):
            row.append(i)
        elif labels[i]:
            row += [i] * (_NAMES + 1)  # a foreign word without capitals ends what may be forgiven
