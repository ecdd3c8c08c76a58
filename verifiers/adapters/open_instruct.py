"""A verifier of open-instruct: `register("math", undecided=0.0)`, before `grpo_fast` builds its verifiers."""

from __future__ import annotations

from typing import Any

from ..pool import TIMEOUT_S
from .common import check_undecided, decided, judge_one, note_of, reason_of
from .ends import without_end
from .rows import Choice, choose

_kept: list[type] = []
"""open-instruct finds verifiers as subclasses, of which Python keeps none alive by itself."""


def register(
    name: str,
    verifier: Choice = None,
    *,
    undecided: float | str,
    weight: float = 1.0,
    timeout: float = TIMEOUT_S,
) -> type:
    """Have the rows whose `dataset` column says `name` judged by ours: by the function of that name, or by `verifier`.

    A name that open-instruct has itself, such as "math" or "gsm8k", is ours from then on. It cannot leave a rollout
    out: an undecided one gets the number `undecided`, or with "stop" ends the run with a sentence.
    """
    from open_instruct.ground_truth_utils import VerificationResult, VerifierFunction

    function = choose(name if verifier is None else verifier)
    if undecided != "stop":
        check_undecided(undecided, "open-instruct")

    class Verified(VerifierFunction):  # type: ignore[misc]  # it has no types
        def __init__(self, verifier_config: Any = None) -> None:
            super().__init__(name, weight=weight, verifier_config=verifier_config)

        def __call__(
            self,
            tokenized_prediction: list[int],
            prediction: str,
            label: Any,
            query: str | None = None,
            rollout_state: dict[str, Any] | None = None,
        ) -> Any:
            said = judge_one(function, without_end(prediction), label, timeout=timeout)
            reasoning = f"{reason_of(said)} {note_of(said)}".strip()
            return VerificationResult(score=decided(said, undecided, "open-instruct"), reasoning=reasoning)

    _kept.append(Verified)
    return Verified
