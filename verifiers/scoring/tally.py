"""The summary of a score: rows by reason, mean scores, undecided ones, and how long a row took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..metrics import Latency

if TYPE_CHECKING:
    from rich.table import Table


@dataclass
class Kind:
    """What is known of the rows of one verifier; its memory does not grow with them."""

    rows: int = 0
    undecided: int = 0
    total: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    latency: Latency = field(default_factory=Latency)

    def mean(self) -> float | None:
        """Of the rows that have a score."""
        decided = self.rows - self.undecided
        return self.total / decided if decided else None


@dataclass
class Tally:
    """What is known of all rows so far."""

    kinds: dict[tuple[str, ...], Kind] = field(default_factory=dict)
    """By the verifier, or by it and the name of one of its parts."""
    rows: int = 0
    undecided: int = 0

    def add(self, verifier: str, verdict: Mapping[str, Any], seconds: float | None = None) -> None:
        """One more row, as it is written."""
        self.rows += 1
        self.undecided += verdict["score"] is None
        self._count((verifier,), verdict, seconds)
        for name, part in verdict.get("parts", {}).items():
            self._count((verifier, name), part, None)

    def _count(self, name: tuple[str, ...], verdict: Mapping[str, Any], seconds: float | None) -> None:
        kind = self.kinds.setdefault(name, Kind())
        kind.rows += 1
        if verdict["score"] is None:
            kind.undecided += 1
        else:
            kind.total += verdict["score"]
        if verdict["reason"] is not None:
            kind.reasons[verdict["reason"]] += 1
        if seconds is not None:
            kind.latency.add(seconds)

    def table(self) -> Table:
        """To be printed."""
        from rich.table import Table

        table = Table()
        table.add_column("verifier", no_wrap=True)
        for heading in ("rows", "mean score", "undecided", "p50", "p95"):
            table.add_column(heading, justify="right")
        table.add_column("reasons", no_wrap=True)
        for name, kind in sorted(self.kinds.items()):
            mean = kind.mean()
            table.add_row(
                ".".join(name),
                f"{kind.rows:,}",
                "–" if mean is None else f"{mean:.3f}",
                f"{kind.undecided / kind.rows:.2%}",
                *(_shown(kind.latency.percentile(percent)) for percent in (50, 95)),
                "\n".join(f"{reason} {count:,}" for reason, count in kind.reasons.most_common()),
            )
        return table


def _shown(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
