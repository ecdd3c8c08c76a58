"""What all adapters share: from a completion to the number that a stack takes, under a clock."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..pool import TIMEOUT_S, verify_batch
from ..registry import find
from ..types import Reason, Reward, Verdict
from .rows import Named, RewardFunction, Said

log = logging.getLogger("verifiers.adapters")


class Undecided(ValueError):
    """A verdict without a score where the stack needs a number and the user chose none."""


@dataclass(frozen=True)
class _Mixed:
    """Calls the function that each ground truth comes with the number of."""

    functions: tuple[RewardFunction, ...]

    def __call__(self, completion: str, numbered: tuple[int, Any]) -> Said:
        number, ground_truth = numbered
        return self.functions[number](completion, ground_truth)


def judge(
    functions: RewardFunction | Sequence[RewardFunction],
    completions: Sequence[str],
    ground_truths: Sequence[Any],
    *,
    workers: int | None = None,
    timeout: float = TIMEOUT_S,
) -> list[Said]:
    """What the function, or each one's own, says of each completion: in worker processes, so that one that hangs or
    dies is UNDECIDED or VERIFIER_FAILED, and costs no other."""
    each = [functions] * len(completions) if callable(functions) else list(functions)
    distinct = list({id(function): function for function in each}.values())
    numbers = {id(function): number for number, function in enumerate(distinct)}
    if len(distinct) > 1:
        ground_truths = [(numbers[id(f)], truth) for f, truth in zip(each, ground_truths, strict=True)]
    chosen = _Mixed(tuple(distinct)) if len(distinct) > 1 else distinct[0] if distinct else Named("accuracy")
    said: list[Any] = verify_batch(chosen, completions, ground_truths, workers=workers, timeout=timeout)
    for one in said:
        if not isinstance(one, (Verdict, Reward)):
            raise TypeError(f"the reward function said {one!r:.80}: it has to return a Verdict or a Reward")
    return said


def judge_one(function: RewardFunction, completion: str, ground_truth: Any, *, timeout: float = TIMEOUT_S) -> Said:
    """The same for one completion, from any number of threads: no more workers at once than there are cores."""
    with _slots:
        return judge(function, [completion], [ground_truth], workers=1, timeout=timeout)[0]


async def judge_one_async(
    function: RewardFunction, completion: str, ground_truth: Any, *, timeout: float = TIMEOUT_S
) -> Said:
    """The same without holding up the loop."""
    return await asyncio.to_thread(judge_one, function, completion, ground_truth, timeout=timeout)


_slots = threading.BoundedSemaphore(os.cpu_count() or 1)


def _renew_locks() -> None:
    """In a forked child the threads that hold them are not there to give them back."""
    global _slots, _counting
    _slots = threading.BoundedSemaphore(os.cpu_count() or 1)
    _counting = threading.Lock()


os.register_at_fork(after_in_child=_renew_locks)


# The number.


def number_of(said: Said) -> float | None:
    """The score or the reward's value; None where undecided, which nan and infinity are too.

    >>> number_of(Verdict(None, Reason.UNDECIDED)), number_of(Reward(1.5, {}))
    (None, 1.5)
    """
    number = said.score if isinstance(said, Verdict) else said.value
    return float(number) if number is not None and math.isfinite(number) else None


def decided(said: Said, undecided: float | str | None, stack: str) -> float:
    """The number, or for an undecided one what the user chose: a number, or "stop", which raises Undecided.

    Each undecided one is counted, and logged as a warning at the 1st, 2nd, 4th, … of its reason.
    """
    number = number_of(said)
    if number is not None:
        return number
    because = f"{reason_of(said)}{': ' if note_of(said) else ''}{note_of(said)}"
    count_undecided(said)
    if undecided == "stop":
        raise Undecided(
            f"no verdict ({because}), and {stack} cannot leave a rollout out: "
            "mend the task, or pass a number as undecided"
        )
    return check_undecided(undecided, stack)


def check_undecided(undecided: Any, stack: str) -> float:
    """The number, or a TypeError that says why one has to be chosen."""
    if isinstance(undecided, bool) or not isinstance(undecided, (int, float)) or not math.isfinite(undecided):
        raise TypeError(
            f"undecided is {undecided!r}: {stack} cannot leave a rollout out, so choose the number that one without a "
            "verdict counts as, such as undecided=0.0"
        )
    return float(undecided)


undecided_so_far: Counter[str] = Counter()
"""How many verdicts of this process's adapters had no score, by reason."""
_counting = threading.Lock()


def count_undecided(said: Said) -> None:
    """Count one without a score, and warn of it at the 1st, 2nd, 4th, … of its reason."""
    if number_of(said) is not None:
        return
    reason = str(reason_of(said))
    with _counting:
        undecided_so_far[reason] += 1
        count = undecided_so_far[reason]
    if count & (count - 1) == 0:
        log.warning("%s without a verdict so far (%s), the last: %s", count, reason, note_of(said) or "no note")


# The parts.


def verdicts_of(said: Said) -> Mapping[str, Verdict]:
    """The verdicts by the names of a sum's parts; a verdict by itself is "verdict"."""
    return {"verdict": said} if isinstance(said, Verdict) else said.verdicts


def _telling(said: Said) -> Verdict | None:
    """The verdict that says why: one that is undecided, else the first."""
    verdicts = list(verdicts_of(said).values())
    return next((verdict for verdict in verdicts if verdict.score is None), verdicts[0] if verdicts else None)


def reason_of(said: Said) -> Reason:
    """Why: an undecided part's reason, else the first part's."""
    telling = _telling(said)
    return telling.reason if telling is not None else Reason.UNDECIDED


def note_of(said: Said) -> str:
    """The sentence beside that reason."""
    telling = _telling(said)
    return telling.note if telling is not None else ""


def answer_of(said: Said) -> str:
    """What was read out of the completion, by the first part that read anything."""
    return next((verdict.answer for verdict in verdicts_of(said).values() if verdict.answer is not None), "")


_TAKEN = ("score", "acc", "pred", "undecided", "reason", "answer")


def part_names(functions: Iterable[RewardFunction]) -> tuple[str, ...]:
    """The names of the parts of all sums among the functions: the keys that every row of `parts_of` has to have."""
    names: dict[str, None] = {}
    for function in functions:
        found = find(function.name) if isinstance(function, Named) else function
        names.update(dict.fromkeys(getattr(found, "parts", ())))
    taken = next((name for name in names if name in _TAKEN), None)
    if taken is not None:
        raise ValueError(f"a part of the sum is called {taken!r}, as what is told of the whole: give it another name")
    return tuple(names)


def parts_of(said: Said, names: Sequence[str] = ()) -> dict[str, float | str | None]:
    """Everything that is said, flat, and for the same names always with the same keys: `undecided` (0 or 1), `reason`,
    `answer`, and of each named part its score, None where it has none, and its reason.

    >>> parts_of(Verdict(0.0, Reason.NO_ANSWER), ["format"])
    {'undecided': 0.0, 'reason': 'NO_ANSWER', 'answer': '', 'format': None, 'format_reason': ''}
    """
    verdicts = verdicts_of(said)
    flat: dict[str, float | str | None] = {
        "undecided": float(number_of(said) is None),
        "reason": str(reason_of(said)),
        "answer": answer_of(said),
    }
    for name in names:
        verdict = verdicts.get(name)
        flat[name] = verdict.score if verdict is not None else None
        flat[f"{name}_reason"] = str(verdict.reason) if verdict is not None else ""
    return flat
