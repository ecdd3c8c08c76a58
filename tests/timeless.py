"""A run's record without what measures the machine: equal for two runs that are the same."""

from pathlib import Path

from grpo.log import read_metrics

TIMINGS = {"tokens_per_s", "wall_s", "cpu_s", "memory_gb", "reward_s", "reward_sum_s", "reward_slowest_s"}


def numbers(run: Path) -> list[dict]:
    """The rows of metrics.jsonl."""
    return [{key: value for key, value in row.items() if key not in TIMINGS} for row in read_metrics(run)]
