"""How much of verify_batch's speed does the reward server have, on the same completions of mixed kinds?

    python tests/bench/reward_server.py [--rows 8192] [--rounds 3] [--workers 2] [--clients 8] [--batch 64]

In turn, local and server, local and server …: `rows` of `corpus.py`, and the same ones in requests of --batch over
--clients connections. The clock runs from the first completion to the last, with all workers started. CPU time is that
of all processes, the clients' too; memory the most that all of them held together. Verdicts must be equal.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):  # where `sandbox` would be a file beside
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.bench.batch import Watch
from tests.bench.corpus import rows
from verifiers import VERIFIERS, Verdict, verify_batch
from verifiers.remote import RemoteReward
from verifiers.worker import stop_all

ROOT = Path(__file__).resolve().parents[2]
Row = dict[str, Any]
Short = tuple[float | None, str]


def score(completion: str, asked: tuple[str, Any]) -> Verdict:
    name, ground_truth = asked
    return VERIFIERS[name](completion, ground_truth)


def cpu_s() -> float:
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in both)


def adopt() -> None:
    """Whatever loses its parent, as a sandbox does whose worker ends, becomes a child of this process."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def bury() -> None:
    """Wait for all of them, so that their time is counted."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def local(batch: list[Row], workers: int) -> tuple[float, list[Short]]:
    warm = batch[: 4 * workers]
    verify_batch(score, ["x"] * len(warm), [("format", None)] * len(warm), workers=workers)
    begin = time.monotonic()
    said = verify_batch(
        score,
        [row["completion"] for row in batch],
        [(row["verifier"], row["ground_truth"]) for row in batch],
        workers=workers,
    )
    seconds = time.monotonic() - begin
    stop_all()
    return seconds, [(one.score, str(one.reason)) for one in said]


def served(batch: list[Row], workers: int, clients: int, size: int) -> tuple[float, list[Short]]:
    """By one request after the other on each connection. Requests are of one kind each where that is how they come."""
    command = [sys.executable, "-m", "verifiers", "serve", "--port", "0", "--workers", str(workers)]
    server = subprocess.Popen([*command, "--deadline", "600"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split()[-1])
        url = f"http://127.0.0.1:{port}"
        RemoteReward(url, "format").batch(["x"] * 4 * workers, [None] * 4 * workers)
        kinds: dict[str, list[int]] = {}
        for place, row in enumerate(batch):
            kinds.setdefault(row["verifier"], []).append(place)
        parts = [(kind, of[at : at + size]) for kind, of in kinds.items() for at in range(0, len(of), size)]
        parts.sort(key=lambda part: part[1][0])
        rewards = {kind: RemoteReward(url, kind, timeout=600) for kind in kinds}
        answers: dict[int, Short] = {}

        def ask(part: tuple[str, list[int]]) -> None:
            kind, places = part
            found = rewards[kind].batch(
                [batch[place]["completion"] for place in places], [batch[place]["ground_truth"] for place in places]
            )
            answers.update({p: (one.score, str(one.reason)) for p, one in zip(places, found, strict=True)})

        begin = time.monotonic()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(ask, parts))
        seconds = time.monotonic() - begin
        return seconds, [answers[place] for place in range(len(batch))]
    finally:
        server.terminate()
        server.wait()


def measured(run: Any) -> tuple[float, float, float, list[Short]]:
    watch = Watch()
    watch.start()
    before = cpu_s()
    seconds, said = run()
    bury()
    watch.ended.set()
    watch.join()
    return seconds, cpu_s() - before, max(watch.samples, default=0.0), said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--kind", help="rows of one kind alone")
    options = parser.parse_args()
    batch = [row for row in rows(options.rows) if options.kind in (None, row["verifier"])]
    console = Console(width=110)
    adopt()
    seen: dict[str, list[tuple[float, float, float]]] = {"local": [], "server": []}
    said: dict[str, list[Short]] = {}
    runs = {
        "local": lambda: local(batch, options.workers),
        "server": lambda: served(batch, options.workers, options.clients, options.batch),
    }
    for number in range(options.rounds):
        for name, run in runs.items():
            seconds, cpu, memory, said[name] = measured(run)
            seen[name].append((seconds, cpu, memory))
            console.print(f"round {number} {name:<7} {seconds:7.1f} s {cpu:7.1f} CPU-s {memory:6.0f} MB")
        differing = Counter(pair for pair in zip(said["local"], said["server"], strict=True) if pair[0] != pair[1])
        console.print(f"  verdicts that differ: {dict(differing) or 'none'}")
    table = Table("", "s", "completions/s", "CPU-s", "MB")
    middle = {name: [median(column) for column in zip(*of, strict=True)] for name, of in seen.items()}
    for name, (seconds, cpu, memory) in middle.items():
        table.add_row(name, f"{seconds:.1f}", f"{len(batch) / seconds:.0f}", f"{cpu:.1f}", f"{memory:.0f}")
    console.print(table)
    ratios = [one[0] / other[0] for one, other in zip(seen["local"], seen["server"], strict=True)]
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    console.print(f"the server has {median(ratios):.2f} of the local speed ({shown}); load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
