"""verl: `reward.custom_reward_function.path=pkg://verifiers.adapters.verl`, whose `compute_score` judges every data
source of verl that we have a verifier for; `reward_kwargs` are its keyword arguments.

verl cannot leave a rollout out, so that you have to choose what one without a verdict gets: a number, by
`+reward.custom_reward_function.reward_kwargs.undecided=0.0`, or `undecided=stop`, which ends the run.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from ..pool import TIMEOUT_S
from .common import check_undecided, decided, judge_one, number_of, part_names, parts_of, verdicts_of
from .rows import Choice, Said, choose, plain, text_of, truth_for
from .verl_code import code_tests

_OPTIONS = ("verifier", "undecided", "timeout")
_VERLS_OWN = ("reward_router_address", "reward_model_tokenizer")
"""What verl passes for models that judge."""


def compute_score(
    data_source: str | None = None,
    solution_str: str = "",
    ground_truth: Any = None,
    extra_info: Mapping[str, Any] | None = None,
    *,
    verifier: Choice = None,
    undecided: float | str | None = None,
    timeout: float = TIMEOUT_S,
    **passed: Any,
) -> dict[str, float | str]:
    """verl's reward function: a dict that always has the same keys for the same `verifier`.

    `score` is the reward; `acc`, what verl validates by, the score of the accuracy part or of the only verdict; `pred`
    the answer, which verl's majority votes count; `undecided` 0 or 1; `reason`; and each part of a sum with its reason.
    Without `verifier` (a name, or a mapping from data source to names) extra_info["verifier"] names it, or the data
    source is a known one.

    >>> compute_score("openai/gsm8k", r"\\boxed{4}", "4", undecided=0.0)
    {'score': 1.0, 'acc': 1.0, 'pred': '4', 'undecided': 0.0, 'reason': 'CORRECT'}
    """
    for key in passed:
        if key not in _VERLS_OWN:
            near = difflib.get_close_matches(key, _OPTIONS, 1, 0)[0]
            raise TypeError(f"compute_score has no option {key!r}: did you mean {near!r}?")
    if undecided != "stop":
        undecided = check_undecided(undecided, "verl")
    row = extra_info.get("verifier") if isinstance(extra_info, Mapping) else None
    function = choose(verifier, source=data_source, row=row)
    truth = truth_for(function, data_source, code_tests(plain(ground_truth)))
    said = judge_one(function, text_of(solution_str), truth, timeout=timeout)
    score = decided(said, undecided, "verl")
    return _told(said, score, undecided, _names(verifier))


def _told(said: Said, score: float, undecided: Any, names: tuple[str, ...]) -> dict[str, float | str]:
    flat = parts_of(said, names)
    otherwise = math.nan if undecided == "stop" else float(undecided)
    verdicts = verdicts_of(said)
    accuracy = verdicts["accuracy"] if "accuracy" in verdicts else next(iter(verdicts.values()), None)
    acc = accuracy.score if accuracy is not None else number_of(said)
    told: dict[str, float | str] = {
        "score": score,
        "acc": otherwise if acc is None else float(acc),
        "pred": str(flat["answer"]),
        "undecided": float(flat["undecided"] or 0.0),
        "reason": str(flat["reason"]),
    }
    for name in names:
        if name not in verdicts:
            told[name] = math.nan  # this data source has no such part
        else:
            part = verdicts[name].score
            told[name] = otherwise if part is None else float(part)
        told[f"{name}_reason"] = str(flat[f"{name}_reason"])
    return told


def _names(verifier: Choice) -> tuple[str, ...]:
    """The parts that rows of this choice have."""
    if verifier is None:
        return ()
    if isinstance(verifier, Mapping):
        return part_names(map(choose, verifier.values()))
    return part_names([choose(verifier)])
