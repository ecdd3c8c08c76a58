"""R1's reward for all scenarios: rules where there is a ground truth, preference where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .accuracy import as_mapping, has_rule
from .extract import answer_part, visible
from .summary import REASONING, SUMMARY, in_think_tags
from .types import Reason, Reward, RewardFn, Verdict


def is_general(ground_truth: Any) -> bool:
    """Whether this is a general prompt and no ground truth."""
    prompt = as_mapping(ground_truth)
    return isinstance(prompt, Mapping) and "question" in prompt and "answer" not in prompt and not has_rule(prompt)


@dataclass(frozen=True)
class General:
    """A reward function for mixed prompts (DeepSeek-R1, section 2.3.4; the sums are the Nature version's).

    A mapping, or its JSON text, with `question` and nothing that a rule could read is no ground truth but a general
    prompt, such as {"question": …, "response": …} with a response to be better than. Its reward is what `manner` says,
    plus the scores of `helpful`, which sees the final summary alone, and of `harmless`, which sees the whole
    completion: verifiers such as `judge_preference` with its judge. Any other ground truth goes to `rules`.
    """

    rules: RewardFn
    manner: RewardFn
    helpful: Callable[[str, Any], Verdict] | None = None
    harmless: Callable[[str, Any], Verdict] | None = None
    opened: bool = False
    """Whether the prompt has already written `<think>`. The helpful judge needs no such word: it sees no thinking."""
    reasoning: str = REASONING
    """The mark before the reasoning, where it is not `<think>`."""
    summary: str = SUMMARY
    """The mark before the summary, where it is not `</think>`."""

    def with_judges(
        self, *, helpful: Callable[[str, Any], Verdict], harmless: Callable[[str, Any], Verdict] | None = None
    ) -> General:
        """The same with these for prompts without a ground truth; what should not be judged may be left out."""
        return replace(self, helpful=helpful, harmless=harmless)

    def __call__(self, completion: str, ground_truth: Any) -> Reward:
        if not is_general(ground_truth):
            return self.rules(completion, ground_truth)
        prompt: Any = as_mapping(ground_truth)
        reward = self.manner(completion, None)
        judged = {"helpful": self._helpful(completion, prompt)}
        if self.harmless is not None:
            judged["harmless"] = self.harmless(completion, prompt)
        value = reward.value
        for verdict in judged.values():
            value = None if value is None or verdict.score is None else value + verdict.score
        return Reward(value, {**reward.verdicts, **judged})

    def _helpful(self, completion: str, prompt: Mapping[str, Any]) -> Verdict:
        if self.helpful is None:
            note = "nothing judges prompts without a ground truth: R1_GENERAL.with_judges(helpful=…)"
            return Verdict(None, Reason.VERIFIER_FAILED, note=note)
        if (self.reasoning, self.summary) != (REASONING, SUMMARY):
            marks = {"reasoning": self.reasoning, "summary": self.summary}
            completion = in_think_tags(completion, opened=self.opened, **marks)
        elif self.opened:
            completion = f"<think>{completion}"
        summary = answer_part(completion)
        if summary.answer is None or not visible(summary.answer):
            return Verdict(0.0, Reason.NO_ANSWER, note=summary.note or "no summary after the thinking")
        return self.helpful(summary.answer.strip(), prompt)
