"""TRL: one import and one argument, `GRPOTrainer(reward_funcs=reward("math"), …)`.

A completion may be a text or a list of messages. One without a verdict is None, which TRL leaves out of its group; but
where another of several reward functions has a number, TRL counts None as 0 in their sum. Give it one sum of ours then,
such as `reward("r1_zero")`, which is None as soon as one of its parts is.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..pool import TIMEOUT_S
from ..worker import pack
from .common import count_undecided, judge, number_of, part_names, parts_of
from .rows import NEED_NONE, Choice, Named, RewardFunction, Said, choose, plain, text_of, truth_for

COLUMNS = ("ground_truth", "solution", "answer")
"""The columns that hold the ground truth where none is named; there has to be exactly one of them."""


@dataclass(frozen=True, eq=False)  # a mapping among its fields has no hash
class TrlReward:
    """What TRL calls for a batch; made by `reward`."""

    choice: Choice
    name: str
    ground_truth: str | None
    source: str
    workers: int | None
    timeout: float

    @property
    def __name__(self) -> str:
        """What TRL logs it as."""
        return self.name

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Any = None,
        *,
        log_extra: Callable[[str, list[Any]], object] | None = None,
        log_metric: Callable[[str, float], object] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        said = self._judge(completions, columns)
        if log_extra is not None or log_metric is not None:
            self._tell(said, log_extra, log_metric)
        return [number_of(one) for one in said]

    def _judge(self, completions: Sequence[Any], columns: Mapping[str, Any]) -> list[Said]:
        functions = self._functions(len(completions), columns)
        texts = [text_of(completion) for completion in completions]
        sources = columns.get(self.source, [None] * len(completions))
        ground_truths = [
            truth_for(*each)
            for each in zip(functions, sources, self._ground_truths(len(completions), columns), strict=True)
        ]
        said = judge(functions, texts, ground_truths, workers=self.workers, timeout=self.timeout)
        for one in said:
            count_undecided(one)
        return said

    def _functions(self, count: int, columns: Mapping[str, Any]) -> list[RewardFunction]:
        if self.choice is not None and not isinstance(self.choice, Mapping):
            return [choose(self.choice)] * count
        sources = columns.get(self.source, [None] * count)
        rows = columns.get("verifier", [None] * count)
        return [choose(self.choice, source=source, row=row) for source, row in zip(sources, rows, strict=True)]

    def _ground_truths(self, count: int, columns: Mapping[str, Any]) -> list[Any]:
        column = self.ground_truth
        if column is None:
            if isinstance(self.choice, Named) and self.choice.name in NEED_NONE:
                return [None] * count
            found = [name for name in COLUMNS if name in columns]
            if len(found) != 1:
                wrong = f"both {' and '.join(found)}" if found else f"none of {', '.join(COLUMNS)}"
                raise ValueError(f"the data set has {wrong}: name its column, as in reward(…, ground_truth='target')")
            column = found[0]
        if column not in columns:
            near = difflib.get_close_matches(column, columns, 1, 0)
            raise ValueError(
                f"the data set has no column {column!r}" + (f": did you mean {near[0]!r}?" if near else "")
            )
        return [plain(truth) for truth in columns[column]]

    def _tell(self, said: Sequence[Said], log_extra: Any, log_metric: Any) -> None:
        """The parts of the verdicts: columns for TRL's table of completions, means for its metrics."""
        choices = self.choice.values() if isinstance(self.choice, Mapping) else [self.choice]
        names = part_names(choice for choice in choices if callable(choice))
        rows = [parts_of(one, names) for one in said]
        for key in ("reason", "answer", *names, *(f"{name}_reason" for name in names)):
            if log_extra is not None:
                log_extra(f"{self.name}/{key}", [row[key] for row in rows])
        for key in ("undecided", *names):
            numbers = [float(row[key]) for row in rows if row[key] is not None]  # type: ignore[arg-type]
            if log_metric is not None and numbers:
                log_metric(f"{self.name}/{key}", sum(numbers) / len(numbers))


class AsyncTrlReward(TrlReward):
    """The same for TRL's loop: several such rewards run at once."""

    async def __call__(self, *arguments: Any, **named: Any) -> list[float | None]:  # type: ignore[override]
        return await asyncio.to_thread(super().__call__, *arguments, **named)


def reward(
    verifier: Choice = None,
    *,
    ground_truth: str | None = None,
    name: str | None = None,
    source: str = "data_source",
    workers: int | None = None,
    timeout: float = TIMEOUT_S,
) -> TrlReward:
    """A reward function for `GRPOTrainer`, `RLOOTrainer` and the asynchronous trainer's child process.

    verifier: "math", "r1_zero", "module:function", a function (completion, ground_truth) → Verdict or Reward, or a
    mapping from data source to these; without one each row is judged by its column `verifier` or `data_source`.
    ground_truth: its column; without one `ground_truth`, `solution` or `answer`. name: what TRL logs it as.

    >>> reward("format")(prompts=["?"], completions=[[{"role": "assistant", "content": "no tags"}]])
    [0.0]
    """
    return TrlReward(*_fields(verifier, name), ground_truth, source, workers, timeout)


def async_reward(
    verifier: Choice = None,
    *,
    ground_truth: str | None = None,
    name: str | None = None,
    source: str = "data_source",
    workers: int | None = None,
    timeout: float = TIMEOUT_S,
) -> AsyncTrlReward:
    """The same as an async function, which TRL runs beside others of its kind."""
    return AsyncTrlReward(*_fields(verifier, name), ground_truth, source, workers, timeout)


def _fields(verifier: Choice, name: str | None) -> tuple[Choice, str]:
    """The choice, checked, and what it is called."""
    if isinstance(verifier, str):
        return choose(verifier), name or verifier
    if verifier is None:
        return None, name or "by_row"
    if isinstance(verifier, Mapping):
        return {source: choose(choice) for source, choice in verifier.items()}, name or "by_source"
    function = choose(verifier)
    pack(function)  # at once, where no worker could be given it
    return function, name or str(getattr(verifier, "__name__", type(verifier).__name__))
