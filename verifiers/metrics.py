"""How verifiers fare: how often for which reason, how often undecided, and how long they take.

    metrics = Metrics()
    reward = watched(verify_math, metrics)   # a verifier as before, which is counted
    metrics.summary()                        # {"verify_math": {"count": …, "undecided_rate": …, "p99_s": …}}

What is kept does not grow with what is counted. Each process has its own: `snapshot` is plain data to send, and
`merge` adds it up somewhere else, in any order.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from .types import Reason, Reward, Verdict

FIRST_S = 1e-6
"""Whatever is quicker counts as this."""
PER_DOUBLING = 16
"""Buckets between a time and its double: each is 4.4 % wide, and a percentile is as exact as that."""
_LAST = 40 * PER_DOUBLING  # twelve days
PERCENTILES = (50, 90, 99)


class Latency:
    """Times, in buckets that grow by the same factor."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.sum_ns = 0  # whole numbers add up to the same in any order

    def add(self, seconds: float) -> None:
        bucket = bucket_of(seconds)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.sum_ns += max(0, round(seconds * 1e9))

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def at_most(self, bucket: int) -> int:
        """How many were in this bucket or a lower one."""
        return sum(count for found, count in self.counts.items() if found <= bucket)

    def percentile(self, percent: float) -> float | None:
        """The upper end of the bucket with the time that so many percent do not exceed; None where there is none."""
        rank = max(1, math.ceil(self.count * percent / 100))
        for bucket, count in sorted(self.counts.items()):
            rank -= count
            if rank <= 0:
                return end_of(bucket)
        return None


def bucket_of(seconds: float) -> int:
    """The number of the bucket that a time falls into.

    >>> bucket_of(1e-6), bucket_of(2e-6), bucket_of(0.0), bucket_of(1e99) == bucket_of(1e9)
    (0, 16, 0, True)
    """
    if not seconds > FIRST_S:
        return 0
    return min(_LAST, math.ceil(PER_DOUBLING * math.log2(min(seconds, 1e9) / FIRST_S) - 1e-9))


def end_of(bucket: int) -> float:
    """The longest time in a bucket."""
    return FIRST_S * math.pow(2.0, bucket / PER_DOUBLING)


class Stats:
    """One verifier's numbers."""

    def __init__(self) -> None:
        self.count = 0
        self.undecided = 0
        self.reasons: dict[str, int] = {}
        """Of verdicts; a sum has none of its own, its parts have."""
        self.latency = Latency()


class Metrics:
    """The numbers of some verifiers by name. Any thread may add to them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stats: dict[str, Stats] = {}

    def add(self, name: str, said: Verdict | Reward, seconds: float | None = None) -> None:
        """One more verdict, or reward, whose parts count under `name.part`; seconds is how long it took."""
        if isinstance(said, Verdict):
            self.count(name, str(said.reason), said.score is None, seconds)
            return
        self.count(name, None, said.value is None, seconds)
        for part, verdict in said.verdicts.items():
            self.count(f"{name}.{part}", str(verdict.reason), verdict.score is None)

    def count(self, name: str, reason: str | None, undecided: bool, seconds: float | None = None) -> None:
        """The same from its pieces."""
        with self._lock:
            stats = self._stats.setdefault(name, Stats())
            stats.count += 1
            stats.undecided += undecided
            if reason is not None:
                stats.reasons[reason] = stats.reasons.get(reason, 0) + 1
            if seconds is not None:
                stats.latency.add(seconds)

    def snapshot(self) -> dict[str, Any]:
        """All numbers as plain data that JSON and pickle take."""
        with self._lock:
            return {
                name: {
                    "count": stats.count,
                    "undecided": stats.undecided,
                    "reasons": dict(stats.reasons),
                    "latency": {str(bucket): count for bucket, count in stats.latency.counts.items()},
                    "latency_ns": stats.latency.sum_ns,
                }
                for name, stats in self._stats.items()
            }

    def merge(self, snapshot: Mapping[str, Any]) -> None:
        """Add the numbers of another, as its `snapshot` gave them."""
        with self._lock:
            for name, more in snapshot.items():
                stats = self._stats.setdefault(name, Stats())
                stats.count += more["count"]
                stats.undecided += more["undecided"]
                for reason, count in more["reasons"].items():
                    stats.reasons[reason] = stats.reasons.get(reason, 0) + count
                for bucket, count in more["latency"].items():
                    stats.latency.counts[int(bucket)] = stats.latency.counts.get(int(bucket), 0) + count
                stats.latency.sum_ns += more["latency_ns"]

    def summary(self) -> dict[str, dict[str, Any]]:
        """By name: count, undecided_rate, reasons, and the percentiles in seconds (None where no time was taken).

        >>> metrics = Metrics()
        >>> metrics.add("math", Verdict(None, Reason.UNDECIDED), 0.25)
        >>> metrics.summary()["math"]["undecided_rate"], metrics.summary()["math"]["reasons"]
        (1.0, {'UNDECIDED': 1})
        """
        return {
            name: {
                "count": stats.count,
                "undecided_rate": stats.undecided / stats.count,
                "reasons": stats.reasons,
                **{f"p{percent}_s": stats.latency.percentile(percent) for percent in PERCENTILES},
            }
            for name, stats in self._copied().items()
        }

    def prometheus(self, prefix: str = "verifiers") -> str:
        """In the text format of Prometheus. Times are a histogram with a bucket for every factor of 4, so that servers
        can be added up."""
        lines: dict[str, list[str]] = {
            f"{prefix}_verdicts_total counter": [],
            f"{prefix}_undecided_total counter": [],
            f"{prefix}_scored_total counter": [],
            f"{prefix}_seconds histogram": [],
        }
        verdicts, undecided, scored, seconds = lines.values()
        for name, stats in sorted(self._copied().items()):
            label = f'verifier="{_escaped(name)}"'
            verdicts += [f'{{{label},reason="{reason}"}} {count}' for reason, count in sorted(stats.reasons.items())]
            undecided.append(f"{{{label}}} {stats.undecided}")
            scored.append(f"{{{label}}} {stats.count}")
            if stats.latency.count:
                ends = range(2 * PER_DOUBLING, 30 * PER_DOUBLING, 2 * PER_DOUBLING)
                seconds += [f'_bucket{{{label},le="{end_of(end):.6g}"}} {stats.latency.at_most(end)}' for end in ends]
                seconds.append(f'_bucket{{{label},le="+Inf"}} {stats.latency.count}')
                seconds.append(f"_sum{{{label}}} {stats.latency.sum_ns / 1e9}")
                seconds.append(f"_count{{{label}}} {stats.latency.count}")
        text = []
        for family, series in lines.items():
            text.append(f"# TYPE {family}")
            text += [f"{family.split()[0]}{one}" for one in series]
        return "\n".join([*text, ""])

    def _copied(self) -> dict[str, Stats]:
        copy = Metrics()
        copy.merge(self.snapshot())
        return copy._stats


def _escaped(label: str) -> str:
    """A label's value as Prometheus reads it back."""
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def watched(
    verifier: Callable[..., Verdict | Reward], metrics: Metrics, name: str | None = None
) -> Callable[..., Verdict | Reward]:
    """The same verifier, counted. What it raises goes on, and counts as VERIFIER_FAILED.

    The numbers stay in the process that calls it: with `verify_batch`, which calls it in others, add what comes back
    with `metrics.add`.
    """
    known = name or getattr(verifier, "__name__", None) or type(verifier).__name__

    @functools.wraps(verifier, updated=())
    def counted(*arguments: Any, **options: Any) -> Verdict | Reward:
        begin = time.perf_counter()
        try:
            said = verifier(*arguments, **options)
        except Exception:
            metrics.count(known, str(Reason.VERIFIER_FAILED), True, time.perf_counter() - begin)
            raise
        metrics.add(known, said, time.perf_counter() - begin)
        return said

    return counted
