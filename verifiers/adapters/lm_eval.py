"""lm-eval's process_results: in a task's utils.py, `process_results = verified("math")`.

The task's YAML then says `process_results: !function utils.process_results`, and lists the metrics `reward` and
`undecided`, both with `aggregation: mean`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..pool import TIMEOUT_S
from .common import count_undecided, judge, number_of
from .rows import Choice, RewardFunction, choose
from .truths import ground_truth_in


def verified(
    verifier: Choice = "accuracy", *, ground_truth: str | None = None, timeout: float = TIMEOUT_S
) -> Callable[[Mapping[str, Any], Sequence[Any]], dict[str, float]]:
    """`process_results(doc, results)` for a name of ours or a function; ground_truth is the document's column.

    `reward` is the mean over the completions, `undecided` the share of them without a verdict. A document without any
    verdict has no `reward`, so that lm-eval leaves it out of that mean, and says so in a warning.
    """
    return partial(process_results, choose(verifier), ground_truth, timeout)


def process_results(
    function: RewardFunction, column: str | None, timeout: float, doc: Mapping[str, Any], results: Sequence[Any]
) -> dict[str, float]:
    """What `verified` binds the first three arguments of."""
    # A filter that takes one completion leaves a text, others a list of them.
    completions = [results[0]] if isinstance(results[0], str) else list(results[0])
    truth = ground_truth_in(doc, column)
    said = judge(function, completions, [truth] * len(completions), timeout=timeout)
    for one in said:
        count_undecided(one)
    numbers = [number for number in map(number_of, said) if number is not None]
    rows = {"undecided": 1 - len(numbers) / len(said)}
    return rows | ({"reward": sum(numbers) / len(numbers)} if numbers else {})
