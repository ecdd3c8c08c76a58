"""The table of `--dry-run`: a line for each number of an estimate, a column for each stage."""

from rich.table import Table

from .estimate import Estimate
from .estimate_sampling import SILENT, Seconds


def table_of(estimates: list[Estimate], free: float) -> Table:
    """A line for each number, a column for each stage."""
    title = f"estimate: GB of {free / 1e9:.1f} free; on this machine, by the clock / of all processors"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for entry in estimates:
        table.add_column(entry.stage, justify="right")
    parts = {
        "weights": "weights", "gradients": "gradients", "optimizer": "optimiser", "reference": "reference",
        "update": "activations of an update", "sampling": "sampler: keys and values, or vLLM",
        "vllm": "vLLM on a CPU, all along",
        "peak": "peak", "copies": "of the host, a rank while FSDP loads",
    }  # fmt: skip
    for part, words in parts.items():
        table.add_row(words, *(f"{getattr(entry.memory, part) / 1e9:.2f}" for entry in estimates))
    table.add_row(
        "tokens a completion", *(f"{entry.tokens:.0f} ({entry.why})" if entry.why else "" for entry in estimates)
    )
    if any(len(entry.rounds) > 1 for entry in estimates):
        table.add_row("groups sampled, a step", *(refilled(entry.rounds) for entry in estimates))
    times = {"sampling": "sampling, a step", "update": "update, a step", "held_out": "held-out tasks, all"}
    for key, words in (times | {"total": "all"}).items():
        table.add_row(words, *(spans(entry, getattr(entry, key)) for entry in estimates))
    table.add_row("steps", *(str(entry.steps) for entry in estimates))
    return table


def refilled(rounds: list[int]) -> str:
    """All groups, and what share of them is taken to be silent.

    >>> refilled([16, 8, 4]), refilled([16])
    ('28 (50% silent assumed)', '16')
    """
    return f"{sum(rounds)} ({SILENT:.0%} silent assumed)" if len(rounds) > 1 else "".join(map(str, rounds))


def spans(entry: Estimate, seconds: Seconds | None) -> str:
    """By the clock, and of all processors."""
    if entry.update is None:
        return "does not fit"
    return "" if seconds is None else " / ".join(map(span, seconds))


def span(seconds: float) -> str:
    """Seconds as a person says them.

    >>> span(0.25), span(90), span(7200)
    ('0.25 s', '1.5 min', '2.0 h')
    """
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2f} s"
