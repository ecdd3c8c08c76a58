"""How many pairs a second do verify_math and Math-Verify compare, in the same environment?

    python tests/bench/speed.py --math FILE --gsm8k FILE --labelled FILE [--peer-pairs 200] [--rounds 5] [--show 10]
    python tests/bench/speed.py --pathological

Both sides get the same pairs in turn (ours, theirs, ours, …) in one process; our block goes over its pairs until it has
lasted --seconds. So caches are warm on both sides: Math-Verify takes about twice as long for pairs that are new to it.
Our latencies come from an earlier pass over all pairs of the file, each seen for the first time.
`--pathological` is ours alone, without the fallback (but for whole completions, whose answers need none).
"""

import argparse
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import hostile
import psutil
from agreement import STDERR, Pair, ours, read_pairs, theirs
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from verifiers import Reason, Verdict

Rates = tuple[float, float]

WARM_UP = Pair(r"\int_0^1 \sin(x^2)\,dx", r"\int_0^1 \sin(t^2)\,dt", whole=False)
"""Likely to need the fallback, so that its worker has started and everything is imported."""


def clocks() -> tuple[float, float]:
    """Wall seconds, and CPU seconds of this process and its children, the living worker of the fallback included."""
    living = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return time.perf_counter(), sum(os.times()[:4]) + sum(times.user + times.system for times in living)


def block(side: Callable[[Pair], Any], pairs: list[Pair], seconds: float) -> tuple[Rates, list[Any]]:
    """Pairs a second of wall and of CPU time, over at least so many seconds; and what was said of each pair."""
    start, done, said = clocks(), 0, []
    while not done or time.perf_counter() - start[0] < seconds:
        said = [side(pair) for pair in pairs]
        done += len(pairs)
    wall, cpu = (after - before for before, after in zip(start, clocks(), strict=True))
    return (done / wall, done / max(cpu, 0.01)), said  # the CPU clock ticks a hundred times a second


def first_pass(pairs: list[Pair]) -> tuple[list[float], list[Verdict]]:
    """The milliseconds of each of our verdicts, in order of size, and the verdicts."""
    milliseconds, verdicts = [], []
    for pair in track(pairs, description="latency", console=STDERR, transient=True):
        start = time.perf_counter()
        verdicts.append(ours(pair))
        milliseconds.append(1e3 * (time.perf_counter() - start))
    return sorted(milliseconds), verdicts


def compare(pairs: list[Pair], args: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """The figures of one file, and the disagreements with Math-Verify."""
    milliseconds, verdicts = first_pass(pairs)
    timed = random.Random(args.seed).sample(pairs, min(args.peer_pairs, len(pairs)))
    rounds: list[tuple[Rates, Rates]] = []
    for _ in track(range(args.rounds), description="rounds", console=STDERR, transient=True):
        our_rates, mine = block(ours, timed, args.seconds)
        their_rates, accepted = block(theirs, timed, 0)
        rounds.append((our_rates, their_rates))

    figures = {"pairs timed on both sides": str(len(timed))}
    for clock, unit in enumerate(("pairs/s", "pairs/CPU-s")):
        for side, name in enumerate(("ours", "Math-Verify")):
            figures[f"{name}, {unit}"] = f"{median(both[side][clock] for both in rounds):,.0f}"
        ratios = sorted(mine[clock] / peer[clock] for mine, peer in rounds)
        figures[f"ratio of {unit}"] = f"{median(ratios):.1f} ({ratios[0]:.1f}–{ratios[-1]:.1f})"
    triples = list(zip(timed, mine, accepted, strict=True))
    agreed = Counter((verdict.correct, accepts) for _, verdict, accepts in triples)
    figures["both accept or both do not"] = str(agreed[True, True] + agreed[False, False])
    figures["ours alone accepts"] = str(agreed[True, False])
    figures["Math-Verify alone accepts"] = str(agreed[False, True])
    figures["pairs judged by ours"] = str(len(pairs))
    for name, share in {"p50": 0.5, "p99": 0.99, "max": 1}.items():
        figures[f"{name}, ms"] = f"{milliseconds[int(share * (len(pairs) - 1))]:.3f}"
    fallback = sum(verdict.details.get("proof") == "fallback" for verdict in verdicts)
    figures["needed the fallback"] = f"{fallback} ({fallback / len(pairs):.2%})"
    figures["undecided"] = str(sum(verdict.score is None for verdict in verdicts))
    return figures, [
        f"{verdict.answer!r} against {pair.ground_truth!r}: ours {verdict.score}, Math-Verify {float(accepts)}"
        for pair, verdict, accepts in triples
        if verdict.correct != accepts
    ]


def pathological(shown: int = 10) -> None:
    """The slowest hostile inputs, in CPU time of this process, the best of three; and those that raise."""
    lines, raised = [], []
    for name, call in track(hostile.calls(), description="hostile inputs", console=STDERR, transient=True):
        taken: list[float] = []
        while not taken or (len(taken) < 3 and taken[0] < 10_000):
            start = time.process_time()
            try:
                reason = str(call().reason)
            except Exception as error:  # each is a fault, and the others are still to be timed
                reason = type(error).__name__
            taken.append(1e3 * (time.process_time() - start))
        lines.append((min(taken), name, reason))
        raised += [f"{reason}: {name}"] * (reason not in list(Reason))
    table = Table("ms", "input", "verdict", title=f"the slowest {shown} of {len(lines):,} hostile inputs, CPU time")
    for milliseconds, name, reason in sorted(lines, reverse=True)[:shown]:
        table.add_row(f"{milliseconds:.1f}", escape(name), reason)
    Console().print(table)
    print(f"{len(raised)} raised an exception", *raised[:shown], sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--math", type=Path, help="model outputs on MATH: JSONL with `gt` and a list `code`")
    parser.add_argument("--gsm8k", type=Path, help="model outputs on GSM8K, written likewise")
    parser.add_argument("--labelled", type=Path, help="labelled pairs, as agreement.py reads them")
    parser.add_argument("--peer-pairs", type=int, default=200, help="how many pairs of a file are timed on both sides")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is timed")
    parser.add_argument("--seconds", type=float, default=2.0, help="the shortest block of ours")
    parser.add_argument("--seed", type=int, default=0, help="draws the timed pairs")
    parser.add_argument("--show", type=int, default=0, help="how many disagreements with Math-Verify to list")
    parser.add_argument("--pathological", action="store_true", help="time hostile inputs instead")
    args = parser.parse_args()
    files = {name: path for name in ("math", "gsm8k", "labelled") if (path := getattr(args, name))}
    if not files and not args.pathological:
        raise SystemExit("nothing to time: name a file with --math, --gsm8k or --labelled, or pass --pathological")
    if files:
        for side in (ours, theirs):
            side(WARM_UP)
        compared = {name: compare(read_pairs(path), args) for name, path in files.items()}
        table = Table("", *files, title=f"medians of {args.rounds} rounds (lowest–highest)")
        for row in next(iter(compared.values()))[0]:
            table.add_row(row, *(figures[row] for figures, _ in compared.values()))
        Console().print(table)
        for name, (_, disagreements) in compared.items():
            for line in disagreements[: args.show]:
                print(f"{name}: {line}")
    if args.pathological:
        pathological(args.show or 10)


if __name__ == "__main__":
    main()
