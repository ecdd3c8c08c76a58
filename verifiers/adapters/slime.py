"""slime's reward: `--custom-rm-path verifiers.adapters.slime.math`, or whatever name of ours stands at its end.

slime wants a number, so an undecided completion gets one, `undecided`, and its sample is marked: slime then trains on
none of its tokens. It would still count in its group's mean, so add
`--dynamic-sampling-filter-path verifiers.adapters.slime.decided`, which has such a group sampled anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..pool import TIMEOUT_S
from ..registry import Unknown
from .common import check_undecided, judge_one_async, note_of, number_of, parts_of, verdicts_of
from .common import decided as number_or
from .ends import without_end
from .rows import Choice, Said, choose, named, truth_for

_MARK = "undecided"


@dataclass(frozen=True)
class SlimeReward:
    """`async (args, sample)`, and with `--group-rm` `(args, samples)`. None chooses by the sample's metadata, as
    slime does by `rm_type` there, or by `data_source`, and then by `--rm-type`.

    With `--reward-key` the reward is a dict: that key, and the score of each part of a sum.
    """

    verifier: Choice = None
    undecided: float = 0.0
    timeout: float = TIMEOUT_S

    def __post_init__(self) -> None:
        check_undecided(self.undecided, "slime")

    async def __call__(self, args: Any, sample: Any, **_: Any) -> Any:
        if isinstance(sample, Sequence):
            return await asyncio.gather(*(self._reward(args, one) for one in sample))
        return await self._reward(args, sample)

    async def _reward(self, args: Any, sample: Any) -> float | dict[str, Any]:
        metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
        source, row = metadata.get("data_source"), metadata.get("rm_type")
        if source is None and row is None:
            row = getattr(args, "rm_type", None)
        function = choose(self.verifier, source=source, row=row)
        truth = truth_for(function, source, sample.label)
        said = await judge_one_async(function, without_end(sample.response), truth, timeout=self.timeout)
        if number_of(said) is None:
            sample.remove_sample = True
            sample.metadata = {**metadata, _MARK: note_of(said)}
        return self._shaped(args, said)

    def _shaped(self, args: Any, said: Said) -> float | dict[str, Any]:
        number = number_or(said, self.undecided, "slime")
        key = getattr(args, "reward_key", None)
        return number if not key else {**parts_of(said, list(verdicts_of(said))), key: number}


reward = SlimeReward()


def decided(args: Any, samples: Sequence[Any], **_: Any) -> bool:
    """slime's filter of groups: keeps those in which every sample has a verdict."""
    return not any(isinstance(sample.metadata, dict) and _MARK in sample.metadata for sample in samples)


def __getattr__(name: str) -> SlimeReward:
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return SlimeReward(named(name))
    except Unknown as error:
        raise AttributeError(str(error)) from error
