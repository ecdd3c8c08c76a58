"""Many programs by many callers: afterwards there is no more of anything than before.

`LONG_RUN=100000 pytest -n 0 -s tests/integration/test_long_run.py` prints a table for each tier; else it is short.
"""

from __future__ import annotations

import glob
import itertools
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Limits, Program, Sandbox, Status
from tests.boxes import children, open_or_skip

PROGRAMS = int(os.environ.get("LONG_RUN", "1000"))
CALLERS = 8
PARTS = 10
CALM = Limits(wall_s=60)
SHORT = Limits(cpu_s=0.1, wall_s=60)

RUNS = [
    (Program("print(input())"), CALM, Status.OK),
    (Program("print(sum(range(1000)))"), CALM, Status.OK),
    (Program("import os\nfor i in range(3): open(f'{i}', 'w').write('x' * 1000)\nos.mkdir('d')"), CALM, Status.OK),
    (Program("1 / 0"), CALM, Status.RE),
    (Program("if"), CALM, Status.CE),
    (Program("import os, time\nif os.fork() == 0: os.setsid(); time.sleep(60)"), CALM, Status.OK),
    (Program("import os; os.kill(os.getpid(), 9)"), CALM, Status.RE),
    (Program("print('x' * 2**22)"), Limits(wall_s=60, output_kb=64), Status.OLE),
]
RARE = (Program("while True: pass"), SHORT, Status.TLE)
DOUBLE = Program("def double(x): return 2 * x")


def one(box: Sandbox, number: int) -> int:
    """How many programs it has come to: one, or one for each of two calls or inputs."""
    if number % 101 == 100:
        program, limits, status = RARE
    elif number % 9 == 8:
        assert [e.value for e in box.call_each(DOUBLE, "double", [[number], ["a"]], limits=CALM)] == [2 * number, "aa"]
        return 2
    elif number % 10 == 9:
        outputs = [e.stdout for e in box.run_each(RUNS[0][0], [b"%d" % number, b"b"], limits=CALM)]
        assert outputs == [b"%d\n" % number, b"b\n"]
        return 2
    else:
        program, limits, status = RUNS[number % len(RUNS)]
    execution = box.run(program, stdin=b"1\n", limits=limits)
    assert execution.status is status, (program.source, execution)
    return 1


def megabytes(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def groups(launchers: list[int]) -> list[str]:
    found = glob.glob("/sys/fs/cgroup/**/r1-sandbox-*", recursive=True)
    return [group for group in found if group.rpartition("-")[2] in map(str, launchers)]


def counts(launchers: list[int]) -> Counter[str]:
    """What a long run could leave behind: of this process, and of the slots it has started."""
    descendants, front = 0, [os.getpid()]
    while front:
        below = children(front.pop())
        descendants += len(below)
        front += below
    with open("/proc/self/mountinfo") as mounts:
        mounted = sum(line.partition(" - ")[2].split()[1] in ("sandbox", "tmp", "covered") for line in mounts)
    descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in launchers if os.path.exists(f"/proc/{pid}/fd"))
    return Counter(
        processes=descendants,
        descriptors=len(os.listdir("/proc/self/fd")),
        descriptors_of_launchers=descriptors,
        mounts=mounted,
        groups=len(groups(launchers)),
    )


def settled(launchers: list[int], wanted: Counter[str]) -> Counter[str]:
    """The counts, once they are as wanted or ten seconds have passed: after a program a launcher opens its folder for a
    moment, to empty it while nobody waits."""
    end = time.monotonic() + 10
    while (now := counts(launchers)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return now


def row(box: Sandbox, launchers: list[int], done: int, seconds: float) -> tuple[float, float]:
    zygotes = [zygote for launcher in launchers for zygote in children(launcher)]
    caller, slots = megabytes(os.getpid()), sum(map(megabytes, launchers + zygotes))
    shown = " ".join(f"{name}={count}" for name, count in counts(launchers).items())
    print(f"{done:8} programs {done / seconds:6.0f}/s  caller {caller:6.1f} MB  slots {slots:6.1f} MB  {shown}")
    return caller, slots


@pytest.mark.parametrize("tier", ["A", "B"])
def test_a_long_run_leaves_nothing_behind(tier):
    before = counts([])
    box = open_or_skip(tier=tier, slots=2)
    print()
    with box, ThreadPoolExecutor(CALLERS) as pool:
        numbers, done, begin = itertools.count(), 0, time.monotonic()
        memory = []
        for _ in range(PARTS):
            done += sum(pool.map(lambda _: one(box, next(numbers)), range(PROGRAMS // PARTS)))
            launchers = [slot.process.pid for slot in box._slots if slot.process]
            memory.append(row(box, launchers, done, time.monotonic() - begin))
            if len(memory) == 1:
                started = launchers
                time.sleep(1)  # for the folders of the next programs
                first = counts(launchers)
            assert launchers == started, "a zygote has died"
            assert settled(launchers, first) == first
        folder = os.path.dirname(box.run(Program("import os; print(os.getcwd())")).stdout.decode().strip())
        if tier == "B":
            assert len(os.listdir(folder)) <= 2
    (caller, slots), (caller_late, slots_late) = memory[1], memory[-1]
    assert caller_late < caller + 8 + caller / 20, memory
    assert slots_late < slots + 2, memory
    assert tier == "A" or not os.path.exists(folder)
    after = counts(started)
    assert {name: count for name, count in after.items() if count > before[name]} == {}
