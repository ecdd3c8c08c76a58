"""What k samples a task say: pass@1, pass@k, the majority's answer, and how sure one may be of their means."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

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


def majority(right: Sequence[float | None], votes: Sequence[int | None]) -> float | None:
    """Whether the answer with most votes is right (cons@k); None where nothing of it could be decided.

    Of answers with as many votes each counts its share, so that the order of the samples makes no difference. An answer
    is right where more than half of what was decided of it is.

    >>> majority([1, 0, 1], [0, 1, 0]), majority([1, 0], [0, 1]), majority([0, 0], [None, None])
    (1.0, 0.5, 0.0)
    """
    count = Counter(one for one in votes if one is not None)
    if not count:
        return None if all(one is None for one in right) else 0.0
    first = [answer for answer, number in count.items() if number == max(count.values())]
    said = []
    for answer in first:
        own = [score == 1 for score, one in zip(right, votes, strict=True) if one == answer and score is not None]
        if own:
            said.append(float(fmean(own) > 0.5))
    return fmean(said) if said else None


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
    """One task with what was said of its completions."""

    task: str
    level: str
    right: list[float | None]
    """The score of each; None where it could not be decided."""
    votes: list[int | None] | None
    """Which answer each has; None where answers to this task have no equality."""
    tokens: list[int]
    truncated: list[bool]
    consistency: list[float | None] = field(default_factory=list)
    """Of the thinking, where a language was named."""


def mean_with_interval(name: str, values: Sequence[float]) -> dict[str, float | None]:
    """The mean under that name, and its interval; None where there are no values."""
    low, high = interval(values) if values else (None, None)
    return {name: fmean(values) if values else None, f"{name} low": low, f"{name} high": high}


def score(judged: Sequence[Judged], samples: int, pass_at: Sequence[int] = ()) -> dict[str, Any]:
    """The figures of one model, each a mean over tasks; undecided completions count in none.

    pass@k leaves out tasks of which fewer than k completions were decided, cons@k those whose answers have no equality.
    """
    decided = [[one for one in task.right if one is not None] for task in judged]
    counts = [(len(scores), sum(one == 1 for one in scores)) for scores in decided]
    some = {k: [pass_at_k(n, right, k) for n, right in counts if n >= k] for k in (*pass_at, samples) if k > 1}
    voted = [majority(task.right, task.votes) for task in judged if task.votes is not None]
    known = [one for one in voted if one is not None]
    shares = [one for task in judged for one in task.consistency if one is not None]
    return {
        "tasks": len(judged),
        "samples": samples,
        **mean_with_interval("pass@1", [fmean(scores) for scores in decided if scores]),
        **{f"pass@{k}": fmean(chances) if chances else None for k, chances in sorted(some.items())},
        **(mean_with_interval(f"cons@{samples}", known) if voted and samples > 1 else {}),
        **({"tasks with votes": len(voted)} if 0 < len(voted) < len(judged) else {}),
        "tokens": fmean(tokens for task in judged for tokens in task.tokens),
        "truncated": fmean(cut for task in judged for cut in task.truncated),
        "undecided": sum(one is None for task in judged for one in task.right),
        **({"language": fmean(shares)} if shares else {}),
    }


def by_level(judged: Sequence[Judged], samples: int, pass_at: Sequence[int] = ()) -> dict[str, dict[str, Any]]:
    """The same of each level, where tasks have one: numbers in their order, then names."""

    def place(level: str) -> tuple[float, str]:
        return (float(level), "") if level.isdecimal() else (math.inf, level)

    levels = sorted({task.level for task in judged if task.level}, key=place)
    return {level: score([task for task in judged if task.level == level], samples, pass_at) for level in levels}
