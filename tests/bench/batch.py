"""How many completions of mixed kinds does verify_batch score a second, hostile ones included?

    python tests/bench/batch.py [--completions 8192] [--workers 2] [--hostile 64]

A quarter each of mathematics, programs with tests, layouts and languages, from `tests/cases`, in one shuffled batch; a
hostile one is a flood of up to a megabyte, or a program that never ends. The table counts all processes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

if os.path.dirname(os.path.abspath(__file__)) in sys.path:  # where `sandbox` would be a file beside this one
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))

from verifiers import VERIFIERS, Verdict, verify_batch

CASES = Path(__file__).resolve().parents[1] / "cases"
PIECES = ["<think>", "\\boxed{", "{", "1+", "^", "\\frac", "$", "```", "word ", "字", "\u200b", "</answer>"]
Task = tuple[str, tuple[str, Any]]


def score(completion: str, asked: tuple[str, Any]) -> Verdict:
    """A verifier of all kinds."""
    name, ground_truth = asked
    return VERIFIERS[name](completion, ground_truth)


def rows(name: str) -> list[dict[str, Any]]:
    with (CASES / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def kinds() -> dict[str, list[Task]]:
    answered = "<think>so</think> <answer>{}</answer>"
    return {
        "math": [
            (row.get("completion") or answered.format(row["answer"]), ("math", row["ground_truth"]))
            for row in rows("math")
        ],
        "code": [(f"```python\n{row['program']}\n```", ("code", row["ground_truth"])) for row in rows("code_sets")],
        "format": [(row["completion"], ("format", None)) for row in rows("format")],
        "language": [(row["text"], ("language", None)) for row in rows("language")],
    }


def hostile(count: int, rng: random.Random) -> Iterator[Task]:
    for number in range(count):
        if number % 8 == 0:
            truth = {"kind": "stdin", "tests": [{"input": "", "output": "1"}], "limits": {"cpu_s": 1}}
            yield "```python\nwhile True: pass\n```", ("code", truth)
        else:
            piece = rng.choice(PIECES)
            flood = piece * (10 ** rng.randrange(4, 7) // len(piece))
            yield f"<think>a</think><answer>{flood}</answer>", (rng.choice(["math", "code", "format", "language"]), "4")


def tasks(count: int, hostile_count: int) -> list[Task]:
    rng = random.Random(0)
    chosen = [rng.choice(of_kind) for of_kind in kinds().values() for _ in range((count - hostile_count) // 4)]
    chosen += hostile(count - len(chosen), rng)
    rng.shuffle(chosen)
    return chosen


class Watch(threading.Thread):
    """The most memory that all processes of ours have held together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.samples: list[float] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.5):
            total = 0.0
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                try:
                    total += process.memory_info().rss / 2**20
                except psutil.NoSuchProcess:
                    continue  # it has just ended
            self.samples.append(total)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--completions", type=int, default=8192)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--hostile", type=int, default=64)
    options = parser.parse_args()
    batch = tasks(options.completions, options.hostile)
    completions, asked = [task[0] for task in batch], [task[1] for task in batch]
    watch = Watch()
    watch.start()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("scoring", total=len(batch))
        start = time.monotonic()
        verdicts = verify_batch(
            score,
            completions,
            asked,
            workers=options.workers,
            progress=lambda done, _: progress.update(bar, completed=done),
        )
        seconds = time.monotonic() - start
    watch.ended.set()
    watch.join()
    console = Console(width=100)
    table = Table("kind", "completions", "right", "wrong", "undecided")
    for name in ("math", "code", "format", "language"):
        scores = [verdict.score for verdict, (kind, _) in zip(verdicts, asked, strict=True) if kind == name]
        known = [one for one in scores if one is not None]
        table.add_row(
            name,
            *map(str, (len(scores), sum(one == 1 for one in known), sum(one < 1 for one in known), scores.count(None))),
        )
    console.print(table)
    half = len(watch.samples) // 2
    console.print(
        f"{len(batch)} completions in {seconds:.1f} s with {options.workers} workers: {len(batch) / seconds:.0f}/s"
    )
    first, second = max(watch.samples[:half]), max(watch.samples[half:])
    console.print(f"memory of all processes: {first:.0f} MB in the first half, {second:.0f} in the second")
    console.print(f"reasons: {dict(Counter(str(verdict.reason) for verdict in verdicts))}")


if __name__ == "__main__":
    main()
