"""Verdicts added up to the one number the trainer gets."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .accuracy import verify_accuracy
from .choice import verify_choice
from .code import verify_code
from .countdown import verify_countdown
from .format import verify_format
from .general import General
from .language import verify_language
from .logic import verify_logic
from .math import verify_math
from .reasoning_gym import verify_reasoning_gym
from .summary import verify_summary_format
from .types import Reward, Verdict

VERIFIERS: dict[str, Callable[..., Verdict]] = {
    "accuracy": verify_accuracy,
    "math": verify_math,
    "code": verify_code,
    "format": verify_format,
    "summary_format": verify_summary_format,
    "choice": verify_choice,
    "countdown": verify_countdown,
    "language": verify_language,
    "logic": verify_logic,
    "reasoning_gym": verify_reasoning_gym,
}
"""The verifiers we ship, by the name that configurations use."""


@dataclass(frozen=True)
class WeightedSum:
    """A reward function: the weighted sum of the scores, or None where one of them is None."""

    parts: Mapping[str, tuple[float, Callable[..., Verdict]]]
    gate: str | None = None

    def __call__(self, completion: str, ground_truth: Any) -> Reward:
        verdicts = {name: verifier(completion, ground_truth) for name, (_, verifier) in self.parts.items()}
        for name, verdict in verdicts.items():
            if not isinstance(verdict, Verdict):
                raise TypeError(
                    f"the part {name} said {verdict!r:.80}, which is no Verdict: weighted() adds up verifiers"
                )
        closed = self.gate is not None and not verdicts[self.gate].correct
        value = 0.0
        for name, (weight, _) in self.parts.items():
            if closed and weight > 0 and name != self.gate:
                continue
            score = verdicts[name].score
            if score is None:
                return Reward(None, verdicts)
            value += weight * score
        return Reward(value, verdicts)

    def gated(self, name: str) -> WeightedSum:
        """The same, but no other part earns anything unless this one has its full score. Parts with a negative weight
        still cost what they cost.

        >>> strict = weighted(math=(1.0, verify_math), format=(0.5, verify_format)).gated("format")
        >>> strict("The answer is 4", "4").value
        0.0
        """
        if name not in self.parts:
            near = difflib.get_close_matches(name, self.parts, 1, 0)[0]
            raise ValueError(f"no part {name!r} to gate the others: did you mean {near!r}?")
        return replace(self, gate=name)


def weighted(**parts: tuple[float, Callable[..., Verdict]]) -> WeightedSum:
    """A reward function out of named (weight, verifier) pairs; TypeError or ValueError names the part that is none.

    Its value is Σ weight · score, or None where one score is None.

    >>> reward = weighted(format=(0.5, verify_format))("<think>a</think><answer>4</answer>", "4")
    >>> reward.value, reward.verdicts["format"].score
    (0.5, 1.0)
    """
    if not parts:
        raise ValueError("weighted() needs at least one part, such as math=(1.0, verify_math)")
    checked = {}
    for name, part in parts.items():
        if not isinstance(part, (tuple, list)) or len(part) != 2:
            raise TypeError(f"{name}={part!r} is not a (weight, verifier) pair, such as (1.0, verify_math)")
        weight, verifier = part
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise TypeError(f"the weight of {name} is {weight!r}, not a number")
        if not math.isfinite(weight):
            raise ValueError(f"the weight of {name} is {weight!r}, not a finite number")
        if not callable(verifier):
            raise TypeError(f"the verifier of {name} is {verifier!r}, which cannot be called: pass the function itself")
        checked[name] = (float(weight), verifier)
    return WeightedSum(checked)


R1_ZERO = weighted(accuracy=(1.0, verify_accuracy), format=(1.0, verify_format))
"""Accuracy and format, with the same weight (DeepSeek-R1, section 2.2.2)."""
R1_REASONING = weighted(accuracy=(1.0, verify_accuracy), format=(1.0, verify_format), language=(1.0, verify_language))
"""The same with the share of English in the thinking, summed directly (section 2.3.2). For another language: the same
sum with `functools.partial(verify_language, language="zh")`."""
R1_GENERAL = General(rules=R1_REASONING, manner=weighted(format=(1.0, verify_format), language=(1.0, verify_language)))
"""Rules where there is a ground truth, preference where there is none (section 2.3.4): give it judges first, with
`R1_GENERAL.with_judges(helpful=…, harmless=…)`."""
