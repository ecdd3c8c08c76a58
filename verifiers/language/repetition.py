"""Text that says the same again and again earns nothing."""

from __future__ import annotations

import math

from .scripts import UNSPACED
from .words import Word

_RUN = 8  # words and numbers
_RUN_SIGNS = 12  # signs of a script without spaces
_FEW = 8


def novelty(words: list[Word]) -> float:
    """1 for ordinary text, down to 0 where it repeats itself: by runs seen before, and by how few words there are."""
    tokens: list[str] = []
    signs = 0
    language: list[bool] = []
    for word in words:
        if word.script in UNSPACED:
            tokens += word.text
            signs += len(word.text)
            language += [True] * len(word.text)
        else:
            tokens.append(word.text.lower())
            language.append(word.script != "number")
    count = sum(language)
    if count < _FEW:
        distinct = len({token for token, is_word in zip(tokens, language, strict=True) if is_word})
        return 1.0 if distinct * distinct >= count else distinct / max(1, count)
    run = _RUN_SIGNS if signs * 2 > count else _RUN
    fresh = count - _repeated(tokens, language, run)
    distinct = len({token for token, is_word in zip(tokens, language, strict=True) if is_word})
    by_runs = (fresh / count - 0.3) / 0.2
    by_words = distinct / math.sqrt(count) * 2 - 0.5
    return max(0.0, min(1.0, by_runs, by_words))


def _repeated(tokens: list[str], language: list[bool], run: int) -> int:
    """How many words stand in a run that was there before."""
    windows = list(zip(*(tokens[k:] for k in range(run)), strict=False))
    if len(set(windows)) == len(windows):
        return 0
    seen: set[tuple[str, ...]] = set()
    repeated = marked = 0
    for i, window in enumerate(windows):
        if window in seen:
            repeated += sum(language[max(i, marked) : i + run])
            marked = i + run
        else:
            seen.add(window)
    return repeated
