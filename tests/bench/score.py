"""How long does `python -m verifiers score` take for the mixed corpus, and how much memory, over time?

    python tests/bench/score.py [--rows 8192] [--seed 0] [--workers 2] [--ray]

The corpus is that of `corpus.py`. Time, CPU and memory are those of the command with all processes below it;
memory that several of them share is counted once (PSS). What the machine's other processes took is said too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

if sys.path and sys.path[0] == os.path.dirname(
    os.path.abspath(__file__)
):  # where `sandbox` would be a file beside this
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.bench.corpus import rows

EVERY_S = 0.5


def held_and_used(process: psutil.Process) -> tuple[float, float]:
    """MB of memory, and seconds of CPU so far: those of a process that has ended are in whoever waited for it."""
    memory, cpu_s = 0, 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            memory += one.memory_full_info().pss
            cpu_s += sum(one.cpu_times()[:4])
        except psutil.Error:
            continue  # it has just ended
    return memory / 2**20, cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8192)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--kinds", help="some alone, such as code-hostile,math-honest")
    parser.add_argument("--ray", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "corpus.jsonl", Path(folder) / "scores.jsonl"
        shares: Counter[str] = Counter()
        with source.open("w", encoding="utf-8") as file:
            for row in rows(options.rows, options.seed):
                kind = row["id"].rpartition("-")[0]
                if options.kinds is None or kind in options.kinds.split(","):
                    shares[kind] += 1
                    file.write(json.dumps(row) + "\n")
        print(f"{shares.total()} rows, {source.stat().st_size / 1e6:.0f} MB: {dict(sorted(shares.items()))}")
        command = [sys.executable, "-m", "verifiers", "score", str(source), "--verifier-column", "verifier"]
        command += ["--out", str(out), "--workers", str(options.workers), *(["--ray"] if options.ray else [])]
        others, start = sum(psutil.cpu_times()[:3]), time.monotonic()
        run = subprocess.Popen(command)
        samples: list[float] = []
        used = 0.0
        while run.poll() is None:
            memory, cpu_s = held_and_used(psutil.Process(run.pid))
            samples.append(memory)
            used = max(used, cpu_s)
            time.sleep(EVERY_S)
        seconds = time.monotonic() - start
        others = sum(psutil.cpu_times()[:3]) - others - used
        count = out.read_bytes().count(b"\n")
    print(f"{count} rows in {seconds:.1f} s, {count / seconds:.0f}/s, {used:.1f} s of CPU")
    print(f"the machine's other processes took {others:.1f} s of {seconds * (os.cpu_count() or 1):.1f} s")
    tenth = max(1, len(samples) // 10)
    tenths = [max(samples[at : at + tenth]) for at in range(0, len(samples), tenth)]
    print("MB at most in each tenth of the time:", *(f"{most:.0f}" for most in tenths))
    sys.exit(run.returncode)


if __name__ == "__main__":
    main()
