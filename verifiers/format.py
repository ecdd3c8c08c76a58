"""Is the completion one <think> block followed by one <answer> block?"""

from __future__ import annotations

import re

from .extract import visible
from .types import Reason, Verdict, need_text

TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
_TAG = re.compile("|".join(TAGS))


def verify_format(completion: str, ground_truth: object = None, *, opened: bool = False) -> Verdict:
    """Score 1 for exactly the four tags, in order, around two bodies that can be seen; else 0 (section 2.2.2).

    The ground truth is not looked at; the verdict's answer is the body of `<answer>`. Pass opened=True where the prompt
    already ended in `<think>`, as some chat templates do.

    >>> verify_format("<think>2 + 2</think> <answer>4</answer>").score
    1.0
    >>> verify_format("<think>2 + 2</think> <answer>4</answer> Done!").note
    'text outside the blocks'
    """
    completion = need_text(completion, "verify_format")
    text = f"<think>{completion}" if opened else completion
    found = []
    for tag in _TAG.finditer(text):
        found.append(tag.group())
        if len(found) > len(TAGS):
            break
    if found != TAGS:
        return Verdict(0.0, Reason.BAD_FORMAT, note="the tags are not <think> </think> <answer> </answer>, once each")
    before, think, between, answer, after = _TAG.split(text)
    if (before + between + after).strip():
        return Verdict(0.0, Reason.BAD_FORMAT, note="text outside the blocks")
    if not (visible(think) and visible(answer)):
        return Verdict(0.0, Reason.BAD_FORMAT, note="a block is empty")
    return Verdict(1.0, Reason.CORRECT, answer=answer.strip())
