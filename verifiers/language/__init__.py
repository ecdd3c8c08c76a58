"""How much of the thinking is in the language that it should be in?"""

from __future__ import annotations

import re
from typing import Any

from ..types import Reason, Verdict, need_text
from .identify import identifier
from .labels import languages, weigh
from .mask import Masked, mask, normalised
from .repetition import novelty
from .scripts import SCRIPT, SHARED, supported
from .words import Word, words

__all__ = ["verify_language"]

_INSTALL = 'pip install "r1-verifiers[language]"'
_TAG = re.compile(r"</?think>")


def verify_language(
    completion: str, ground_truth: object = None, *, language: str = "en", opened: bool = False
) -> Verdict:
    """Score the share of the words of the thinking that belong to the language (DeepSeek-R1, section 2.3.2).

    The thinking is what stands in <think>, or the whole text without one. Pass opened=True where the prompt already
    ended in `<think>`. The ground truth is not looked at. The language is a code such as en or zh; a ValueError names
    the nearest of an unknown one. Needs r1-verifiers[language] to tell apart languages of one script.

    >>> verify_language("<think>So the sum is even.</think> 答案是四。").score
    1.0
    >>> verify_language("所以 Cauchy 不等式成立。", language="zh").score
    1.0
    """
    completion = need_text(completion, "verify_language")
    target = supported(language)
    text = normalised(_thinking(completion, opened))
    masked = mask(text)
    found = words(masked.text)
    name, probabilities, known = identifier()
    script = SCRIPT[target]
    if script in SHARED and target not in known and any(word.script == script for word in found):
        note = f"nothing here knows {target} from the other languages in {script} letters: {_INSTALL}"
        return Verdict(None, Reason.VERIFIER_FAILED, note=note, details={"identifier": name})
    labels = languages(found, target, probabilities)
    weights = weigh(found, labels)
    total = sum(weights.values())
    left_out = _left_out(masked, found, labels)
    details: dict[str, Any] = {"words": round(total, 2), "left_out": left_out, "languages": {}, "identifier": name}
    if total == 0:
        return Verdict(0.0, Reason.NO_ANSWER, note="the thinking holds no words", details=details)
    shares = {code: round(weight / total, 4) for code, weight in weights.items()}
    details["languages"] = dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
    fresh = novelty(found)
    score = weights.get(target, 0.0) / total * fresh
    details["novelty"] = round(fresh, 4)
    if score == 1:
        return Verdict(1.0, Reason.CORRECT, details=details)
    note = f"{weights.get(target, 0.0) / total:.0%} of the words are {target}" + (
        ", and they repeat" if fresh < 1 else ""
    )
    return Verdict(score, Reason.WRONG, note=note, details=details)


def _thinking(completion: str, opened: bool) -> str:
    """What stands in the <think> blocks; a block ends at the last </think> before the next one."""
    parts: list[str] = []
    start, end = (0, -1) if opened else (-1, -1)
    for tag in _TAG.finditer(completion):
        if tag.group() == "</think>":
            end = tag.start()
        elif start < 0:
            start = tag.end()
        elif end >= start:
            parts.append(completion[start:end])
            start, end = tag.end(), -1
    if start < 0:
        return completion
    parts.append(completion[start:end] if end >= start else completion[start:])
    return "\n".join(parts)


def _left_out(masked: Masked, found: list[Word], labels: list[str]) -> float:
    """The share of the visible characters that stand in no word that counts; punctuation between words aside."""
    counted = sum(len(word.text) for word, label in zip(found, labels, strict=True) if label)
    others = sum(
        len(word.text) for word, label in zip(found, labels, strict=True) if not label and word.script != "number"
    )
    others += sum(len("".join(piece.split())) for piece in masked.blanked)
    others += sum(word.script == "number" for word in found)
    return round(others / (counted + others), 4) if others else 0.0
