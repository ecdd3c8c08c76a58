"""A reward function of AReaL: `reward_fn="verifiers.adapters.areal.math"`, or another name of ours at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..registry import Unknown
from .common import Undecided, check_undecided, count_undecided, decided, judge_one, note_of, number_of, reason_of
from .ends import without_end
from .rows import Choice, choose, named, truth_for
from .truths import ground_truth_in

_CLOCK_S = 12.0
"""Less than AReaL's own 15 s, after which it tries again and then counts 0, whoever's fault it was."""


@dataclass(frozen=True)
class AReaLReward:
    """`RLVRWorkflow(reward_fn=AReaLReward("math"))`; None chooses by the row's `data_source`.

    An undecided completion raises Undecided: AReaL tries three times more, then rejects the rollout with its group and
    trains on neither. Or it counts as the number `undecided`.
    """

    verifier: Choice = None
    ground_truth: str | None = None
    undecided: float | None = None
    timeout: float = _CLOCK_S

    def __post_init__(self) -> None:
        if self.undecided is not None:
            check_undecided(self.undecided, "AReaL")

    def __call__(
        self, prompt: str, completions: str, prompt_ids: list[int], completion_ids: list[int], **columns: Any
    ) -> float:
        source = columns.get("data_source")
        function = choose(self.verifier, source=source)
        truth = truth_for(function, source, ground_truth_in(columns, self.ground_truth))
        said = judge_one(function, without_end(completions), truth, timeout=self.timeout)
        if number_of(said) is None and self.undecided is None:
            count_undecided(said)
            raise Undecided(f"no verdict, so AReaL has to reject this rollout: {reason_of(said)} {note_of(said)}")
        return decided(said, self.undecided, "AReaL")


reward = AReaLReward()


def __getattr__(name: str) -> AReaLReward:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return AReaLReward(named(name))
    except Unknown as error:
        raise AttributeError(str(error)) from error
