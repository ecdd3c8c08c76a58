"""The numbers of `verifiers.metrics` for OpenTelemetry: `pip install "r1-verifiers[otel]"`.

They are read when the SDK asks, so that counting costs no more than without. Where there is no SDK nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .metrics import PERCENTILES, Metrics

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter


def observe(metrics: Metrics, meter: Meter | None = None) -> None:
    """Give the meter, or one of the global provider, four instruments.

    The counters are `verifiers.verdicts` (by verifier and reason), `verifiers.undecided` and `verifiers.scored` (by
    verifier); `verifiers.latency` (by verifier and percentile) is a gauge in seconds.
    """
    from opentelemetry import metrics as api

    meter = meter or api.get_meter("verifiers")

    def verdicts(_: Any) -> Iterator[api.Observation]:
        for name, stats in metrics.summary().items():
            for reason, count in stats["reasons"].items():
                yield api.Observation(count, {"verifier": name, "reason": reason})

    def undecided(_: Any) -> Iterator[api.Observation]:
        for name, stats in metrics.snapshot().items():
            yield api.Observation(stats["undecided"], {"verifier": name})

    def scored(_: Any) -> Iterator[api.Observation]:
        for name, stats in metrics.snapshot().items():
            yield api.Observation(stats["count"], {"verifier": name})

    def latency(_: Any) -> Iterator[api.Observation]:
        for name, stats in metrics.summary().items():
            for percent in PERCENTILES:
                if stats[f"p{percent}_s"] is not None:
                    yield api.Observation(stats[f"p{percent}_s"], {"verifier": name, "percentile": percent})

    meter.create_observable_counter("verifiers.verdicts", [verdicts], "{verdict}", "verdicts by reason")
    meter.create_observable_counter("verifiers.undecided", [undecided], "{completion}", "completions without a score")
    meter.create_observable_counter("verifiers.scored", [scored], "{completion}", "completions that were scored")
    meter.create_observable_gauge("verifiers.latency", [latency], "s", "percentiles of the time that a verifier takes")
