"""What k samples a task say: pass@1, pass@k, the majority's answer, and how sure one may be of their means."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, TypeVar

from verifiers.math import equivalent

from .config import RecipeError

T = TypeVar("T")
RESAMPLES = 2_000


def pass_at_k(samples: int, right: int, k: int) -> float:
    """The chance that of k out of `samples` completions at least one is right, without bias (arXiv 2107.03374, eq. 1).

    >>> pass_at_k(4, 1, 1), pass_at_k(4, 1, 2), pass_at_k(4, 0, 4)
    (0.25, 0.5, 0.0)
    """
    if not 1 <= k <= samples:
        raise ValueError(f"pass@{k} needs at least {k} samples, and k at least 1; there are {samples}")
    if not 0 <= right <= samples:
        raise ValueError(f"{right} of {samples} samples cannot be right")
    return 1 - math.comb(samples - right, k) / math.comb(samples, k)


def classes(answers: Sequence[T | None], equal: Callable[[T, T], bool]) -> list[list[int]]:
    """Places of equal answers together, the largest class first, of two as large the one that was there first.

    An answer joins the first class whose first answer it equals; None, which is no answer, joins none.

    >>> classes(["a", "b", None, "B"], lambda one, other: one.lower() == other.lower())
    [[1, 3], [0]]
    """
    found: list[list[int]] = []
    for place, answer in enumerate(answers):
        if answer is None:
            continue
        for members in found:
            first = answers[members[0]]
            if first is not None and equal(answer, first):
                members.append(place)
                break
        else:
            found.append([place])
    return sorted(found, key=lambda members: (-len(members), members[0]))


def interval(values: Sequence[float], *, share: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """The bootstrap's interval of the mean: tasks are drawn again, with replacement, RESAMPLES times.

    >>> interval([1.0, 1.0])
    (1.0, 1.0)
    """
    if not values:
        raise ValueError("no values have no mean: there must be at least one task")
    dice = random.Random(seed)
    means = sorted(fmean(dice.choices(values, k=len(values))) for _ in range(RESAMPLES))
    out = round((1 - share) / 2 * RESAMPLES)
    return means[out], means[RESAMPLES - 1 - out]


@dataclass(frozen=True)
class Judged:
    """One task with its completions, as a line of completions.jsonl has it."""

    task: str
    level: str
    right: list[float | None]
    """The score of each; None where it could not be decided."""
    answers: list[str | None]
    tokens: list[int]
    truncated: list[bool]
    consistency: list[float | None] = field(default_factory=list)
    """Of the thinking, where a language was named."""


def same_answer(one: str, other: str) -> bool:
    """Whether two answers are one, as the verifier of mathematics sees it, in either order: a vote has no reference.

    >>> same_answer("0.5", r"\\frac12"), same_answer("2", "3")
    (True, False)
    """
    return one == other or equivalent(one, other).correct or equivalent(other, one).correct


def majority(judged: Judged) -> float:
    """Whether the most frequent answer is right: 1 or 0 (cons@k)."""
    found = classes(judged.answers, same_answer)
    if not found:
        return 0.0
    return fmean((judged.right[place] or 0.0) == 1 for place in found[0]) >= 0.5


def score(judged: Sequence[Judged], samples: int) -> dict[str, Any]:
    """The figures of one model, each a mean over tasks; undecided completions count in none."""
    decided = [[one for one in task.right if one is not None] for task in judged]
    first = [fmean(scores) for scores in decided if scores]
    if not first:
        raise RecipeError("not one completion could be decided: look at the notes in completions.jsonl")
    counts = [(len(scores), sum(one == 1 for one in scores)) for scores in decided if scores]
    low, high = interval(first)
    known = [one for task in judged for one in task.consistency if one is not None]
    return {
        "tasks": len(judged),
        "samples": samples,
        "pass@1": fmean(first),
        "pass@1 low": low,
        "pass@1 high": high,
        f"pass@{samples}": fmean(pass_at_k(n, right, min(n, samples)) for n, right in counts),
        f"cons@{samples}": fmean(map(majority, judged)),
        "tokens": fmean(tokens for task in judged for tokens in task.tokens),
        "truncated": fmean(cut for task in judged for cut in task.truncated),
        "undecided": sum(one is None for task in judged for one in task.right),
        **({"language": fmean(known)} if known else {}),
    }


def by_level(judged: Sequence[Judged], samples: int) -> dict[str, dict[str, Any]]:
    """The same of each level, where tasks have one."""
    levels = sorted({task.level for task in judged if task.level})
    return {level: score([task for task in judged if task.level == level], samples) for level in levels}
