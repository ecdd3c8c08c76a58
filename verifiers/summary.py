"""R1's cold-start format: reasoning, then a summary, each set off by a token that a recipe names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .extract import visible
from .length import Tokenized
from .types import Reason, Verdict, need_text

REASONING, SUMMARY = "<think>", "</think>"
"""The marks that DeepSeek-R1 was released with."""
_THINK_TAG = re.compile("</?think>")


def verify_summary_format(
    completion: str,
    ground_truth: object = None,
    *,
    reasoning: str = REASONING,
    summary: str = SUMMARY,
    opened: bool = False,
) -> Verdict:
    """Score 1 for the mark `reasoning`, the reasoning, the mark `summary` and the summary: nothing before, each mark
    once, both parts visible (DeepSeek-R1, section 2.3.1). The two marks may be the same token.

    Pass opened=True where the prompt already ended in the first mark. The verdict's answer is the summary.

    >>> verify_summary_format("<think>2 + 2 is 4.</think>The sum is 4.").answer
    'The sum is 4.'
    >>> verify_summary_format("<|s|>2 + 2<|s|>4", reasoning="<|s|>", summary="<|s|>").score
    1.0
    """
    text = need_text(completion, "verify_summary_format")
    marks = _marks(reasoning, summary)
    wanted = [summary] if opened else [reasoning, summary]
    found = []
    for mark in marks.finditer(text):
        found.append(mark.group())
        if len(found) > len(wanted):
            break
    if found != wanted:
        return Verdict(0.0, Reason.BAD_FORMAT, note=f"the marks are not {' '.join(wanted)}, once each")
    *before, thought, said = marks.split(text)
    if "".join(before).strip():
        return Verdict(0.0, Reason.BAD_FORMAT, note=f"text before {reasoning}")
    if _THINK_TAG.search(marks.sub(" ", text)):
        return Verdict(0.0, Reason.BAD_FORMAT, note="a <think> tag where other marks are asked for")
    if not (visible(thought) and visible(said)):
        return Verdict(0.0, Reason.BAD_FORMAT, note="the reasoning or the summary is empty")
    return Verdict(1.0, Reason.CORRECT, answer=said.strip())


def in_think_tags(completion: str, *, reasoning: str, summary: str, opened: bool = False) -> str:
    """The completion with `<think>` and `</think>` in place of the marks, for verifiers that look for these.

    As elsewhere the thinking ends at the last mark, and never ends without one. Tags that the policy wrote itself
    count for nothing.

    >>> in_think_tags("<|r|>maybe 3</think>3<|s|>4", reasoning="<|r|>", summary="<|s|>")
    '<think>maybe 3 3</think>4'
    """
    text = need_text(completion, "in_think_tags")
    marks = _marks(reasoning, summary)
    first = -1 if opened else text.find(reasoning)
    last = text.rfind(summary, first + len(reasoning) if first >= 0 else 0)
    if last >= 0 and (opened or first >= 0 or reasoning != summary):
        thought, said = text[:last], text[last + len(summary) :]
        return f"<think>{_plain(thought, marks)}</think>{_plain(said, marks)}"
    if opened or first >= 0:
        return f"<think>{_plain(text, marks)}"
    return _plain(text, marks)


@dataclass(frozen=True)
class _Marked:
    verifier: Callable[[str, Any], Any]
    reasoning: str
    summary: str
    opened: bool

    def __call__(self, completion: str, ground_truth: Any = None) -> Any:
        text = in_think_tags(completion, reasoning=self.reasoning, summary=self.summary, opened=self.opened)
        if isinstance(completion, Tokenized):
            text = Tokenized(text, completion.tokens)
        return self.verifier(text, ground_truth)


def marked(
    verifier: Callable[[str, Any], Any], *, reasoning: str, summary: str, opened: bool = False
) -> Callable[[str, Any], Any]:
    """The verifier or reward function for completions with these marks in place of `<think>` and `</think>`.

    >>> from verifiers import verify_math
    >>> verify = marked(verify_math, reasoning="<|r|>", summary="<|s|>")
    >>> verify("<|r|>\\\\boxed{3}?<|s|>So \\\\boxed{4}", "4").score
    1.0
    """
    _marks(reasoning, summary)
    if not callable(verifier):
        raise TypeError(f"marked() needs a verifier or reward function, not {verifier!r}: pass the function itself")
    return _Marked(verifier, reasoning, summary, opened)


def _marks(reasoning: str, summary: str) -> re.Pattern[str]:
    """Both marks, or a ValueError where they could not be told from text or from each other."""
    for name, mark in (("reasoning", reasoning), ("summary", summary)):
        if mark != mark.strip() or not visible(mark):
            raise ValueError(f"{name}={mark!r} is no mark: use a token such as '<think>' or '<|summary|>'")
    if reasoning != summary and (reasoning in summary or summary in reasoning):
        raise ValueError(f"of the marks {reasoning!r} and {summary!r} one contains the other: use two that do not")
    return re.compile("|".join(map(re.escape, dict.fromkeys((reasoning, summary)))))


def _plain(text: str, marks: re.Pattern[str]) -> str:
    """Without marks, and without tags, which could otherwise open or close the thinking a second time."""
    return _THINK_TAG.sub(" ", marks.sub("", text))
