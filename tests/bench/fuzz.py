"""Does `equivalent` give every text the same verdict twice, soon and without an exception?

    python tests/bench/fuzz.py --inputs 1000000 --seed 0 [--processes 2] [FILE ...]

Mutated answers from the files, and noise, without the fallback. Each input is judged a second time in another order,
and by another process with another hash seed where there are several. Exit status 1, and the input's repr, for an
exception, a changed verdict, more than a second of CPU time, or a process that ends or does not come back.
"""

import argparse
import multiprocessing
import random
import resource
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from multiprocessing.sharedctypes import RawArray
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from mutants import make_input, read_texts
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from verifiers import Reason
from verifiers.math import equivalent

CASES = Path(__file__).resolve().parents[1] / "cases" / "math.jsonl"
SLOW_S, STUCK_S = 1.0, 120
"""CPU seconds that are too many for one input; wall seconds after which it is given up."""
MEMORY = 4 * 2**30


def judge(args: argparse.Namespace, texts: list[str], place: int, shared: Any, barrier: Barrier, found: Any) -> None:
    """One process: its own share of the inputs in order, then the next process's share in another order."""
    at, done, checks = shared
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))  # so that too much memory is an exception
    slowest, reasons = (0.0, -1), Counter[str]()
    for again in (False, True):
        numbers = list(range((place + again) % args.processes, args.inputs, args.processes))
        if again:
            random.Random(args.seed).shuffle(numbers)
        for number in numbers:
            at[place] = number  # what the parent prints if this process never comes back
            answer, ground_truth = make_input(args.seed, number, texts)
            start = time.process_time()
            try:
                verdict = equivalent(answer, ground_truth, fallback=False)
                if verdict.reason is Reason.VERIFIER_FAILED and not again:
                    found.put(("exception", number, verdict.note))
                said = repr((verdict.score, verdict.reason, verdict.answer, verdict.details.get("proof")))
            except Exception as error:  # whatever it is, it is what we look for
                said = f"raised {error!r}"
                if not again:
                    found.put(("exception", number, said))
            else:
                reasons[str(verdict.reason)] += not again
            took = time.process_time() - start
            slowest = max(slowest, (took, number))
            if took > SLOW_S:
                found.put(("slow input", number, f"{took:.2f} s"))
            check = zlib.crc32(said.encode())
            if again and check != checks[number]:
                found.put(("changed verdict", number, f"the second time {said[:200]}"))
            checks[number] = check
            done[place] += 1
        at[place] = -1
        barrier.wait()
    found.put(("end", slowest, reasons))


def watch(processes: list[Any], shared: Any, found: Any, inputs: int) -> Iterator[tuple[str, Any, Any]]:
    """What the processes report, and the inputs at which one of them ended or got stuck; draws the progress bar."""
    at, done, _ = shared
    since = {place: (-2, time.monotonic()) for place in range(len(processes))}
    ended, columns = 0, (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("{task.description}", *columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("judging each twice", total=2 * inputs)
        while ended < len(processes):
            time.sleep(0.2)
            progress.update(bar, completed=sum(done))
            failed = [place for place, process in enumerate(processes) if process.exitcode]
            while not found.empty():
                report = found.get()
                ended += report[0] == "end"
                yield report
            for place in range(len(processes)):
                if since[place][0] != at[place] or at[place] < 0:
                    since[place] = (at[place], time.monotonic())
                elif time.monotonic() - since[place][1] > STUCK_S:
                    yield "stuck", at[place], f"no verdict after {STUCK_S} s"
                    return
            for place in failed:
                yield "dead process", at[place], f"exit code {processes[place].exitcode}"
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", metavar="FILE", type=Path, nargs="*", default=[CASES], help="JSONL with answers")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, each judged twice")
    parser.add_argument("--seed", type=int, default=0, help="with the files, it decides every input")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()

    texts = sorted({text for path in args.files for text in read_texts(path)})
    spawn = multiprocessing.get_context("spawn")  # each process draws a hash seed of its own
    shared = (RawArray("q", [-1] * args.processes), RawArray("q", args.processes), RawArray("L", args.inputs))
    barrier, found = spawn.Barrier(args.processes), spawn.SimpleQueue()
    processes = [
        spawn.Process(target=judge, args=(args, texts, place, shared, barrier, found), daemon=True)
        for place in range(args.processes)
    ]
    for process in processes:
        process.start()
    failures, slowest, reasons = Counter[str](), (0.0, -1), Counter[str]()
    for kind, number, what in watch(processes, shared, found, args.inputs):
        if kind == "end":
            slowest, reasons = max(slowest, number), reasons + what
            continue
        failures[kind] += 1
        if failures[kind] <= 10:
            pair = make_input(args.seed, number, texts) if number >= 0 else "before or between the inputs"
            print(f"{kind}: {what}\n    {pair!r}")
    for process in processes:
        process.kill()

    print(f"{args.inputs:,} inputs made of {len(texts):,} texts, seed {args.seed}: {sum(shared[1]):,} verdicts")
    print(", ".join(f"{reason} {count / max(1, reasons.total()):.1%}" for reason, count in reasons.most_common()))
    for kind in ("exception", "changed verdict", "slow input", "dead process", "stuck"):
        print(f"{kind}: {failures[kind]}")
    if slowest[1] >= 0:
        slow = make_input(args.seed, slowest[1], texts)
        shown = " and ".join(f"{text[:60]!r} ({len(text):,} characters)" for text in slow)
        print(f"slowest, {1e3 * slowest[0]:.1f} ms: {shown}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
