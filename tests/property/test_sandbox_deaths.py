"""Whatever of the sandbox is killed, whenever: no wrong verdict, the next program works, and nothing stays behind."""

from __future__ import annotations

import contextlib
import glob
import os
import random
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Execution, Limits, Program, Sandbox, Status, open_sandbox
from tests.boxes import children, open_or_skip

CALM = Limits(wall_s=60)
KILLS, CALLERS = 12, 4

PROGRAMS = [
    (Program("print(input())"), CALM, (Status.OK, b"1\n")),
    (Program("import time; time.sleep(.05); print(2)"), CALM, (Status.OK, b"2\n")),
    (Program("print(3, flush=True); 1 / 0"), CALM, (Status.RE, b"3\n")),
    (Program("while True: pass"), Limits(cpu_s=0.1, wall_s=60), (Status.TLE, b"")),
    (Program("("), CALM, (Status.CE, b"")),
]
STAYING = """import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b'MARK')
    time.sleep(99)
time.sleep(.05)
print(4)"""
ADD = Program("import time\ndef add(x):\n    time.sleep(.02)\n    return x + 1")


def kill_some(box: Sandbox, dice: random.Random, launchers: set[int]) -> bool:
    mine = [slot.process.pid for slot in box._slots if slot.process]
    launchers.update(mine)
    victims = mine + [zygote for pid in mine for zygote in children(pid)]
    with contextlib.suppress(ProcessLookupError, IndexError):
        os.kill(dice.choice(victims), signal.SIGKILL)
        return True
    return False


def left(box: Sandbox, launchers: set[int], mark: str) -> list[str]:
    """The processes, control groups and folders of dead slots, and their programs' processes."""
    found = [f"launcher {pid}" for pid in launchers if os.path.exists(f"/proc/{pid}")]
    # In tier B without control groups nobody knows any more what a program has started, once its launcher is killed.
    for pid in filter(str.isdigit, os.listdir("/proc")) if box.isolation == "A" or box.groups else []:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/comm") as name:
            found += [f"process {pid}"] if name.read().strip() == mark else []
    for pattern in ("/sys/fs/cgroup/**/r1-sandbox-*", "/tmp/r1-sandbox-*"):
        for path in glob.glob(pattern, recursive=True):
            found += [path] if path.rpartition("r1-sandbox-")[2].split("-")[0] in map(str, launchers) else []
    return found


def decided(execution: Execution) -> bool:
    return execution.status is not Status.FAILED


@pytest.mark.parametrize("tier", ["A", "B"])
@pytest.mark.parametrize("seed", range(2))
def test_a_kill_at_any_moment_makes_no_wrong_verdict(tier, seed):
    box = open_or_skip(tier=tier, slots=2)
    dice, launchers, done = random.Random(seed), set(), threading.Event()
    mark = f"r1-{secrets.token_hex(4)}"  # the name of processes that would stay when their program has ended
    programs = [*PROGRAMS, (Program(STAYING.replace("MARK", mark)), CALM, (Status.OK, b"4\n"))]

    def work(number: int) -> list[object]:
        wrong, dice = [], random.Random(f"{seed} {number}")
        while not done.is_set():
            program, limits, expected = dice.choice(programs)
            execution = box.run(program, stdin=b"1\n", limits=limits)
            if decided(execution) and (execution.status, execution.stdout) != expected:
                wrong.append((program.source, execution))
            calls = list(box.call_each(ADD, "add", [[number], [7]], limits=CALM))
            if [e.value for e in calls if decided(e)] != [
                value for value, e in zip((number + 1, 8), calls, strict=True) if decided(e)
            ]:
                wrong.append(calls)
        return wrong

    with box, ThreadPoolExecutor(CALLERS) as pool:
        workers = [pool.submit(work, number) for number in range(CALLERS)]
        kills = 0
        while kills < KILLS:
            time.sleep(dice.uniform(0.02, 0.4))
            kills += kill_some(box, dice, launchers)
        done.set()
        assert [wrong for worker in workers for wrong in worker.result()] == []
        for slot in box._slots:  # every slot works again
            assert box.run(PROGRAMS[0][0], stdin=b"1\n", limits=CALM).stdout == b"1\n", slot
        launchers.update(slot.process.pid for slot in box._slots if slot.process)
    with open_sandbox(tier=tier, slots=1):
        pass  # a new slot removes what dead ones have left
    end = time.monotonic() + 10
    while left(box, launchers, mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert left(box, launchers, mark) == []
