"""The zygote: it has the standard library in memory, forks a process for each program, watches it, and cleans up.

It holds descriptors, limits and numbers, never a source, an input or a value. In tier A it is process 1 of its own pid
namespace: no signal from a program reaches it, `kill(-1)` from it reaches all that a program has started, and if it
dies the kernel kills the rest. So one fork a program is enough for what others do with a namespace a program.
"""

from __future__ import annotations

import _socket
import array
import functools
import gc
import importlib
import marshal
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import cgroup, inside, processes
from .watch import Watch

CONTROL = 3
USUAL_DISK_MB = 32
_LOOK_S = 0.02
"""So often a program is held against its limits."""
STANDARD = """array bisect builtins cmath collections contextlib copy dataclasses datetime decimal enum errno fractions
functools heapq io itertools json linecache math numbers operator os random re signal string struct sys textwrap
threading time traceback types typing weakref"""
"""What many programs import, or what is dear to import. Each module more makes every fork a little slower."""
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "USER": "sandbox",
    "LOGNAME": "sandbox",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}
CORES = 4
"""What programs are told of the machine. The most that Python makes of it by default are eight threads."""
ENVIRONMENT |= {
    "PYTHON_CPU_COUNT": str(CORES),  # for a Python of the program's own, from 3.13
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENSSL_CONF": "/dev/null",  # which node insists on reading
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass
class Slot:
    """What the zygote knows of itself."""

    tier: str
    user: int | None
    """Whom programs run as; None: as the zygote does."""
    group: cgroup.Group
    paths: list[str]
    """What programs may read."""
    hooks: list[dict[str, Any]]
    """What the library wants done after each fork. It is two thirds of the time of a fork, and after the zygote's there
    is no other thread whose lock needs a reset; each program gets the hooks back for the forks of its own."""
    orders: Any
    """The socket to the launcher, for folders."""
    alone: bool
    """Whether nobody else runs as the programs' user, though it is the zygote's too: in a container of one's own."""
    score: int
    """This process's open oom_score_adj."""
    others: int = 0
    """How many threads the user ran when the zygote started, and 64 that may come."""
    control: Any = None
    ordered_mb: int = 0
    """The size of the folder that is on its way."""


def prepare(settings: dict[str, Any], slot: Slot) -> Slot:
    """Load what programs import, and clear away what they should not see."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    sys.path[:] = [path for path in sys.path if "python" in path and path != settings["home"]] + settings["packages"]
    for name in STANDARD.split() + settings["preload"]:
        importlib.import_module(name)
    _show_cores()
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None  # whatever it was outside
    site = importlib.import_module("site")  # only its `exit`, `quit` and `help`: third-party packages stay out
    site.setquit()
    site.sethelper()
    for name in [name for name in sys.modules if name.split(".")[0] == "sandbox"]:
        del sys.modules[name]
    slot.others = processes.of_user(os.getuid()) + 64
    slot.control = _socket.socket(fileno=CONTROL)
    _order(slot, USUAL_DISK_MB)
    return slot


def _show_cores() -> None:
    """As many on every machine: pools are as large by default, and should not pass a limit on one that they keep on
    another."""
    allowed = os.sched_getaffinity

    def cpu_count() -> int:
        return CORES

    def sched_getaffinity(pid: int, /) -> set[int]:
        return set(sorted(allowed(pid))[:CORES])

    os.cpu_count, os.sched_getaffinity = cpu_count, sched_getaffinity
    if sys.version_info >= (3, 13):
        os.process_cpu_count = cpu_count


def serve(slot: Slot) -> None:
    """One job after the other, until the caller hangs up.

    Every page that is written to between two forks is copied once more, here or in the program. So what can be made
    once is made here, before the first.
    """
    watch = Watch(_killer(slot), apart=slot.tier == "A", grouped="memory" in slot.group.files)
    poll = select.poll()
    poll.register(slot.control, select.POLLIN)
    gc.collect()
    gc.freeze()
    while True:
        data, ancillary, _, _ = slot.control.recvmsg(65536, 64)
        if not data:
            os._exit(0)
        message = marshal.loads(data)
        if message["do"] == "start":
            slot.control.send(_written(_job(slot, watch, poll, message, array.array("i", ancillary[0][2]))))


def _job(slot: Slot, watch: Watch, poll: Any, job: dict[str, Any], descriptors: Sequence[int]) -> dict[str, Any]:
    limits = job["limits"]
    slot.group.limit(memory_mb=limits["memory_mb"] + limits["disk_mb"] + 64, processes=limits["processes"] + 4)
    job["tier"], job["folder"] = slot.tier, _folder(slot, limits["disk_mb"])
    job["rlimits"] = _rlimits(slot, job)
    random.seed()  # in the program's stead: each starts from a state of its own
    kills = slot.group.kills()
    usual = os.pread(slot.score, 10, 0)
    os.pwrite(slot.score, b"1000", 0)  # where memory runs out, the program goes first, not its zygote nor the trainer
    pid = os.fork()
    if pid == 0:
        try:
            inside.confine(job, descriptors, slot.user, slot.paths)
            inside.program(job, slot.hooks, slot.user)
        finally:
            os._exit(1)
    os.pwrite(slot.score, usual, 0)
    for descriptor in descriptors:
        os.close(descriptor)
    watch.start(pid, limits, job["folder"])
    ended_by = _until_it_ends(slot, watch, poll)
    report = watch.end(ended_by)
    if not ended_by and slot.group.kills() > kills:  # be it of a child, which the kernel may choose instead
        report["ended_by"] = "memory"
    _order(slot, limits["disk_mb"])
    return report


def _written(figures: dict[str, Any]) -> bytes:
    """As JSON, which the caller takes from this process; of numbers and plain words, so that no encoder is needed."""
    return ("{" + ",".join(f'"{key}":{_word(value)}' for key, value in figures.items()) + "}").encode()


def _word(value: Any) -> str:
    return "null" if value is None else f'"{value}"' if type(value) is str else repr(value)


def _order(slot: Slot, disk_mb: int) -> None:
    """A folder for the next program, as large as the last: the launcher makes it while nobody waits."""
    slot.orders.send(str(disk_mb).encode())
    slot.ordered_mb = disk_mb


def _folder(slot: Slot, disk_mb: int) -> str:
    folder = slot.orders.recv(4096)
    if slot.ordered_mb != disk_mb:
        _order(slot, disk_mb)
        folder = slot.orders.recv(4096)
    if not folder:
        os._exit(1)  # the launcher is gone
    return str(folder.decode())


def _until_it_ends(slot: Slot, watch: Watch, poll: Any) -> str:
    """Wait for the program's end, the caller's word or a limit; what it was, or nothing where it ended by itself."""
    process = os.pidfd_open(watch.pid)
    poll.register(process, select.POLLIN)
    look_at = time.monotonic() + _LOOK_S
    try:
        while True:
            events = [descriptor for descriptor, _ in poll.poll(1000 * _LOOK_S)]
            if CONTROL in events:
                data = slot.control.recv(65536)
                if not data:
                    os._exit(0)  # the caller is gone, and with this process goes all it started
                message = marshal.loads(data)
                if message["do"] == "kill":
                    return "caller"
                if message["do"] == "used":
                    slot.control.send(_written(watch.used()))
                elif watch.sleeps(message["passed"]):
                    return "wall"
            elif process in events:
                return ""
            if time.monotonic() >= look_at:  # however many messages come
                processes.collect_orphans(watch.pid)
                over = watch.over()
                if over:
                    return over
                look_at = time.monotonic() + _LOOK_S
    finally:
        poll.unregister(process)
        os.close(process)


def _rlimits(slot: Slot, job: dict[str, Any]) -> dict[str, int]:
    limits = job["limits"]
    wanted = {"RLIMIT_FSIZE": limits["disk_mb"] << 20, "RLIMIT_NOFILE": 256}
    if job.get("bounded_addresses", True):
        wanted["RLIMIT_AS"] = (limits["memory_mb"] << 20) + (1 << 30)
    if job["mode"] != "calls":
        wanted["RLIMIT_CPU"] = int(limits["cpu_s"]) + 2
    wanted["RLIMIT_NPROC"] = limits["processes"] + _others(slot)
    return wanted


def _others(slot: Slot) -> int:
    """How many processes that are not the program's its user has."""
    if slot.user is not None:
        return 0
    if slot.tier == "A" or slot.alone:
        return 2  # the zygote and its launcher
    return slot.others


def _killer(slot: Slot) -> Callable[[], None]:
    """What ends all that a program has started, with as little chance to escape as there is."""
    if slot.tier == "A" or slot.alone:
        return processes.kill_others
    if slot.user is not None:
        return functools.partial(processes.kill_others_of, slot.user)
    return processes.kill_descendants
