"""A loaded machine changes no status: whoever waits for a processor is no sleeper, and only CPU time counts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Limits, Program, Sandbox, Status
from tests.boxes import open_or_skip

BUSY = 8
LIMITS = Limits(cpu_s=0.5, wall_s=2)

COUNT = "import time\nwhile time.process_time() < {seconds}: pass\nprint('done')"
PROGRAMS = {
    "computes for half of its limit": (COUNT.format(seconds=0.25), Status.OK),
    "computes for twice its limit": (COUNT.format(seconds=1), Status.TLE),
    "computes in children": (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        while time.process_time() < .06: pass\n"
        "        os._exit(0)\nfor _ in range(4): os.wait()",
        Status.OK,
    ),
    "computes too long in children": (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        while time.process_time() < .4: pass\n"
        "        os._exit(0)\nfor _ in range(4): os.wait()",
        Status.TLE,
    ),
    "sleeps and wakes": ("import time\nfor _ in range(20): time.sleep(.01)", Status.OK),
    "sleeps too long": ("import time; time.sleep(60)", Status.TLE),
    "fails": ("1 / 0", Status.RE),
    "does nearly nothing": ("print(sum(map(int, input().split())))", Status.OK),
}


@pytest.fixture(scope="module", params=["A", "B"])
def box(request) -> Iterator[Sandbox]:
    with open_or_skip(tier=request.param) as box:
        yield box


def statuses(box: Sandbox) -> dict[str, Status]:
    with ThreadPoolExecutor(4) as pool:
        runs = {
            name: pool.submit(box.run, Program(source), stdin=b"1 2\n", limits=LIMITS)
            for name, (source, _) in PROGRAMS.items()
        }
    return {name: run.result().status for name, run in runs.items()}


def test_load_changes_no_status(box):
    expected = {name: status for name, (_, status) in PROGRAMS.items()}
    assert statuses(box) == expected
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        assert statuses(box) == expected
    finally:
        for process in busy:
            process.kill()
            process.wait()
