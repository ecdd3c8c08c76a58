"""R1's reward for all scenarios: rules where there is a ground truth, preference where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .extract import answer_part, visible
from .types import Reason, Reward, RewardFn, Verdict


@dataclass(frozen=True)
class General:
    """A reward function for mixed prompts (DeepSeek-R1, section 2.3.4; the sums are the Nature version's).

    A mapping with `question` and without `answer` is no ground truth but a general prompt, such as
    {"question": …, "response": …} with a response to be better than. Its reward is what `manner` says, plus the scores
    of `helpful`, which sees the final summary alone, and of `harmless`, which sees the whole completion: verifiers such
    as `judge_preference` with its judge. Any other ground truth goes to `rules`.
    """

    rules: RewardFn
    manner: RewardFn
    helpful: Callable[[str, Any], Verdict] | None = None
    harmless: Callable[[str, Any], Verdict] | None = None

    def with_judges(
        self, *, helpful: Callable[[str, Any], Verdict], harmless: Callable[[str, Any], Verdict] | None = None
    ) -> General:
        """The same with these for prompts without a ground truth; what should not be judged may be left out."""
        return replace(self, helpful=helpful, harmless=harmless)

    def __call__(self, completion: str, ground_truth: Any) -> Reward:
        general = isinstance(ground_truth, Mapping) and "question" in ground_truth
        if not general or "answer" in ground_truth or "verifier" in ground_truth:
            return self.rules(completion, ground_truth)
        reward = self.manner(completion, None)
        judged = {"helpful": self._helpful(completion, ground_truth)}
        if self.harmless is not None:
            judged["harmless"] = self.harmless(completion, ground_truth)
        value = reward.value
        for verdict in judged.values():
            value = None if value is None or verdict.score is None else value + verdict.score
        return Reward(value, {**reward.verdicts, **judged})

    def _helpful(self, completion: str, ground_truth: Mapping[str, Any]) -> Verdict:
        if self.helpful is None:
            note = "nothing judges prompts without a ground truth: R1_GENERAL.with_judges(helpful=…)"
            return Verdict(None, Reason.VERIFIER_FAILED, note=note)
        summary = answer_part(completion)
        if summary.answer is None or not visible(summary.answer):
            return Verdict(0.0, Reason.NO_ANSWER, note=summary.note or "no summary after the thinking")
        return self.helpful(summary.answer.strip(), ground_truth)
