"""Why a verdict is what it is, where there is no more to say than the verdict and what its verifier looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .format import TAGS, verify_format
from .types import Verdict

_SHOWN = 200


def explain(kind: str, completion: str, ground_truth: str) -> list[tuple[str, str]]:
    """Lines of a name and what there is to say of it.

    The ground truth of a language is its code; ValueError for one that is not known.

    >>> dict(explain("format", "<think>a</think> <answer></answer>", ""))["because"]
    'a block is empty'
    """
    return _KINDS[kind](completion, ground_truth)


def _format(completion: str, _: str) -> list[tuple[str, str]]:
    found = re.findall("|".join(TAGS), completion)
    return [("tags", _cut(" ".join(found)) or "none"), ("wanted", " ".join(TAGS)), *_decided(verify_format(completion))]


def _language(completion: str, language: str) -> list[tuple[str, str]]:
    from .language import verify_language

    verdict = verify_language(completion, language=language or "en")
    shares = ", ".join(f"{code or 'none'} {share:.1%}" for code, share in verdict.details.get("languages", {}).items())
    return [
        ("wanted", language or "en"),
        ("words", f"{verdict.details.get('words', 0):g}"),
        ("languages", shares or "none"),
        ("left out", f"{verdict.details.get('left_out', 0):.1%} of the characters stand in no word that counts"),
        ("new", f"{verdict.details.get('novelty', 1):.1%}, the rest repeats itself"),
        ("told apart by", str(verdict.details.get("identifier", ""))),
        *_decided(verdict),
    ]


def _choice(completion: str, ground_truth: str) -> list[tuple[str, str]]:
    from .choice import verify_choice

    return _compared(verify_choice(completion, _read(ground_truth)), ground_truth)


def _countdown(completion: str, ground_truth: str) -> list[tuple[str, str]]:
    from .countdown import verify_countdown

    return _compared(verify_countdown(completion, _read(ground_truth)), ground_truth)


def _compared(verdict: Verdict, ground_truth: str) -> list[tuple[str, str]]:
    answer = "none" if verdict.answer is None else _cut(verdict.answer)
    return [("answer", answer), ("ground truth", _cut(ground_truth)), *_decided(verdict)]


def _decided(verdict: Verdict) -> list[tuple[str, str]]:
    score = "None" if verdict.score is None else f"{verdict.score:g}"
    return [("because", verdict.note or "it is as it should be"), ("verdict", f"{verdict.reason}, score {score}")]


def _read(ground_truth: str) -> Any:
    """JSON's value where it is an object, else the text itself."""
    try:
        found = json.loads(ground_truth)
    except (ValueError, RecursionError):
        return ground_truth
    return found if isinstance(found, dict) else ground_truth


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"


_KINDS: dict[str, Callable[[str, str], list[tuple[str, str]]]] = {
    "format": _format,
    "language": _language,
    "choice": _choice,
    "countdown": _countdown,
}
