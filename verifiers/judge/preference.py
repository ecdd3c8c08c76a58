"""Which of two responses is better? Asked in both orders, so that a judge's liking for a place cancels out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, NamedTuple

from ..extract import answer_part, visible
from ..mapping import unknown_key
from ..types import Reason, Verdict, need_text
from .chat import Ask
from .judge import Judge, Said
from .openers import says_nothing
from .prompt import named_prompt

_LOWEST, _HIGHEST = 1, 10
_KEYS = ("response", "question")


class Judgement(NamedTuple):
    """The scores of one asking, from 1 to 10."""

    first: int
    second: int
    first_shown_first: bool


@dataclass(frozen=True)
class Preference:
    """What a judge thinks of two responses; None where it could not be had."""

    score: float | None
    """The share of judgements for the first response, a tie counting half."""
    gap: float | None = None
    """The mean of the first's scores less the second's, from -9 to 9. DeepSeek-R1 keeps pairs where it exceeds 1."""
    position_bias: float | None = None
    """The mean of the scores of what is shown first less those of what is shown second; 0 is fair."""
    judgements: tuple[Judgement, ...] = ()
    note: str = ""
    faults: tuple[str, str] = ("", "")
    """Why the first, the second lost without being judged."""
    failed: bool = False
    """True where the judge was not reached, rather than not understood."""
    details: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        raise TypeError("a preference has three values: use .score or .gap, and compare with None first")


def prefer(
    question: str,
    first: str,
    second: str,
    *,
    judge: Judge | Ask,
    rounds: int = 2,
    whole: bool | None = None,
    opened: bool = False,
    max_chars: int = 32_000,
    prompt: str = "helpful-v1",
) -> Preference:
    """Judge two responses `rounds` times in each order: four judgements, as for DeepSeek-R1's reward-model data.

    There the order is drawn each time; here both orders have their turn, which cancels the liking for a place exactly.
    Helpfulness is judged on what stands after the thinking, harmlessness ("harmless-v1") on the whole (section 2.3.4);
    `whole` says otherwise. A response that says nothing or has more than max_chars loses without being asked about.
    """
    first, second = need_text(first, "prefer"), need_text(second, "prefer")
    if not isinstance(question, str):
        raise TypeError(f"the question is {type(question).__name__}, not text")
    told = named_prompt(prompt, "helpful", "harmless")
    if isinstance(rounds, bool) or not isinstance(rounds, int) or not 1 <= rounds <= 100:
        raise ValueError(f"rounds {rounds!r} is not a number from 1 to 100")
    asked = judge if isinstance(judge, Judge) else Judge(judge)
    if whole is None:
        whole = told.kind == "harmless"
    shown = [_shown(text, whole, opened) for text in (first, second)]
    faults = (_fault(shown[0], shown[1], max_chars), _fault(shown[1], shown[0], max_chars))
    if any(faults) or shown[0] == shown[1]:
        gap = float((_HIGHEST - _LOWEST) * (bool(faults[1]) - bool(faults[0])))
        notes = [f"{name}: {fault}" for name, fault in zip(("first", "second"), faults, strict=True) if fault]
        return Preference(_win(gap), gap, note="; ".join(notes) or "the two are the same", faults=faults)
    judgements, askings = [], []
    for number in range(2 * rounds):
        forward = number % 2 == 0
        left, right = shown if forward else reversed(shown)
        said = asked.decide(told, {"question": question, "first": left, "second": right}, number // 2)
        askings.append(said)
        if said.word is None:
            return Preference(None, note=said.note, failed=said.failed, details=_details(askings))
        scores = [int(score) for score in said.word.split()]
        if not forward:
            scores.reverse()
        judgements.append(Judgement(scores[0], scores[1], forward))
    gaps = [one.first - one.second for one in judgements]
    return Preference(
        score=fmean(map(_win, gaps)),
        gap=fmean(gaps),
        position_bias=fmean(gap if one.first_shown_first else -gap for one, gap in zip(judgements, gaps, strict=True)),
        judgements=tuple(judgements),
        details=_details(askings),
    )


def judge_preference(
    completion: str,
    ground_truth: object,
    *,
    judge: Judge | Ask,
    question: str = "",
    rounds: int = 2,
    whole: bool | None = None,
    opened: bool = False,
    max_chars: int = 32_000,
    prompt: str = "helpful-v1",
) -> Verdict:
    """Score how often the completion is preferred to a response, from 0 to 1; as good as it is .5.

    The ground truth is that response, or a mapping with `response` and, optionally, `question`.
    """
    completion = need_text(completion, "judge_preference")
    if isinstance(ground_truth, Mapping):
        if fault := unknown_key(ground_truth, _KEYS):
            return Verdict(None, Reason.BAD_GROUND_TRUTH, note=fault)
        truth: Mapping[Any, Any] = ground_truth
        ground_truth, question = truth.get("response"), truth.get("question", question)
    if not isinstance(ground_truth, str) or not isinstance(question, str):
        note = "the ground truth is neither a response as text nor a mapping with response and question"
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=note)
    preference = prefer(
        question,
        f"<think>{completion}" if opened else completion,  # not prefer's `opened`: the other response is whole
        ground_truth,
        judge=judge,
        rounds=rounds,
        whole=whole,
        max_chars=max_chars,
        prompt=prompt,
    )
    if preference.faults[1]:
        note = f"the response to compare with: {preference.faults[1]}"
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=note)
    details = {"gap": preference.gap, "position_bias": preference.position_bias, **preference.details}
    if preference.score is None:
        reason = Reason.VERIFIER_FAILED if preference.failed else Reason.UNDECIDED
        return Verdict(None, reason, note=preference.note, details=details)
    if preference.faults[0]:
        return Verdict(0.0, Reason.NO_ANSWER, note=preference.faults[0])
    reason = Reason.CORRECT if preference.score > 0.5 else Reason.WRONG
    return Verdict(preference.score, reason, note=preference.note, details=details)


def _shown(response: str, whole: bool, opened: bool) -> str:
    text = f"<think>{response}" if opened else response
    return (text if whole else answer_part(text).answer or "").strip()


def _fault(text: str, other: str, max_chars: int) -> str:
    """Why a response loses without being judged, or nothing."""
    if not visible(text):
        return "nothing is said"
    if len(text) > max_chars:
        return f"{len(text)} characters are more than {max_chars}"
    return says_nothing(text, other).replace("answer", "response")


def _win(gap: float) -> float:
    return (gap > 0) + (gap == 0) / 2


def _details(askings: list[Said]) -> dict[str, Any]:
    return {"asked": [dict(said.details) for said in askings]}
