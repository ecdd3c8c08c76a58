"""A metric of lighteval: `LightevalTaskConfig(…, metrics=[verified("math")])`."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ..pool import TIMEOUT_S
from .common import count_undecided, number_of
from .rows import Choice, RewardFunction, choose
from .truths import ground_truth_in, judge_any


@dataclass(frozen=True)
class Computation:
    """lighteval's SampleLevelComputation."""

    function: RewardFunction
    ground_truth: str | None
    timeout: float

    def compute(self, doc: Any, model_response: Any, **_: Any) -> dict[str, float]:
        """The mean over the completions, as the model wrote them: with their thinking."""
        truths = doc.get_golds() if self.ground_truth is None else [ground_truth_in(doc.specific, self.ground_truth)]
        said = [judge_any(self.function, text, truths, timeout=self.timeout) for text in model_response.text]
        for one in said:
            count_undecided(one)
        numbers = [number for number in map(number_of, said) if number is not None]
        rows = {"undecided": 1 - len(numbers) / len(said)}
        return rows | ({"reward": fmean(numbers)} if numbers else {})


def verified(verifier: Choice = "accuracy", *, ground_truth: str | None = None, timeout: float = TIMEOUT_S) -> Any:
    """The metrics `reward` and `undecided` for a name of ours or a function.

    A document is held against its golds (of several, one suffices), or against what `doc.specific` has under the key
    ground_truth. One without any verdict is in the mean of `undecided` alone.
    """
    from lighteval.metrics.metrics_sample import SampleLevelComputation
    from lighteval.metrics.utils.metric_utils import SampleLevelMetricGrouping
    from lighteval.tasks.requests import SamplingMethod

    SampleLevelComputation.register(Computation)
    return SampleLevelMetricGrouping(
        metric_name=["reward", "undecided"],
        higher_is_better={"reward": True, "undecided": False},
        category=SamplingMethod.GENERATIVE,
        sample_level_fn=Computation(choose(verifier), ground_truth, timeout),
        corpus_level_fn={"reward": fmean, "undecided": fmean},  # a mean by its name has its standard error for free
    )
