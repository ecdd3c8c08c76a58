"""OpenRLHF: a file of two lines for `--reward.remote_url reward.py`:

    from verifiers.adapters.openrlhf import reward
    reward_func = reward("math", undecided=0.0)

OpenRLHF cannot leave a rollout out: `undecided` is the number that one without a verdict counts as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..pool import TIMEOUT_S
from ..types import Reason, Verdict
from ..worker import pack
from .common import check_undecided, decided, judge, judge_one, log, number_of, part_names, verdicts_of
from .ends import ENDS, completion_of
from .rows import Choice, RewardFunction, Said, choose, plain


@dataclass(frozen=True)
class OpenRlhfReward:
    """What OpenRLHF calls, in a thread, for one query at a time; made by `reward`."""

    function: RewardFunction
    undecided: float
    ends: tuple[str, ...]
    timeout: float

    def __call__(
        self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **_: Any
    ) -> dict[str, Any]:
        import torch  # OpenRLHF makes its own tensors of them

        try:
            said = self._judge(queries, prompts, labels)
            names = part_names([self.function])
            rewards = [decided(one, self.undecided, "OpenRLHF") for one in said]
        except Exception:
            # OpenRLHF drops what is raised, and its trainer breaks later, over a reward that is missing.
            log.exception("the reward function of OpenRLHF was called wrongly, and there is no reward")
            raise
        logs = {"undecided": [float(number_of(one) is None) for one in said]}
        for name in names:
            scores = [verdicts_of(one)[name].score if name in verdicts_of(one) else None for one in said]
            logs[name] = [self.undecided if score is None else float(score) for score in scores]
        numbers = torch.tensor(rewards, dtype=torch.float32)
        extra = {name: torch.tensor(values, dtype=torch.float32) for name, values in logs.items()}
        return {"rewards": numbers, "scores": numbers.clone(), "extra_logs": extra}

    def _judge(self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any]) -> list[Said]:
        cut = [completion_of(*pair, ends=self.ends) for pair in zip(queries, prompts, strict=True)]
        known = [index for index, completion in enumerate(cut) if completion is not None]
        texts, truths = [cut[index] or "" for index in known], [plain(labels[index]) for index in known]
        if len(known) == 1:
            judged = [judge_one(self.function, texts[0], truths[0], timeout=self.timeout)]
        else:
            judged = judge(self.function, texts, truths, timeout=self.timeout)
        said: list[Said] = [
            Verdict(None, Reason.VERIFIER_FAILED, note="the query does not begin with its prompt")
        ] * len(queries)
        for index, one in zip(known, judged, strict=True):
            said[index] = one
        return said


def reward(
    verifier: Choice = "accuracy",
    *,
    undecided: float | None = None,
    ends: Sequence[str] = ENDS,
    timeout: float = TIMEOUT_S,
) -> OpenRlhfReward:
    """A `reward_func` for OpenRLHF's file of a reward.

    verifier: "math", "r1_zero", "module:function", "path/to/file.py:function" or a function of an imported module; the
    label is its ground truth. undecided: what a rollout without a verdict counts as. ends: what your tokenizer ends a
    completion with, if it is none of the usual.

    >>> reward("math")
    Traceback (most recent call last):
    TypeError: undecided is None: OpenRLHF cannot leave a rollout out, so choose the number that one without a verdict \
counts as, such as undecided=0.0
    """
    number = check_undecided(undecided, "OpenRLHF")
    if verifier is None or isinstance(verifier, Mapping):
        raise TypeError("OpenRLHF tells no data source: name one reward function, such as 'accuracy' for all kinds")
    function = choose(verifier)
    pack(function)  # at once, where no worker could be given it
    return OpenRlhfReward(function, number, (ends,) if isinstance(ends, str) else tuple(ends), timeout)
