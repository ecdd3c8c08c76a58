"""The zygote: it has the standard library in memory, forks a process for each program, watches it, and cleans up.

It holds descriptors, limits and numbers, never a source, an input or a value. In tier A it is process 1 of its own pid
namespace: no signal from a program reaches it, `kill(-1)` from it reaches all that a program has started, and if it
dies the kernel kills the rest. So one fork a program is enough for what others do with a namespace a program.
"""

from __future__ import annotations

import _socket
import array
import gc
import importlib
import json
import os
import random
import select
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from . import cgroup, folders, inside, processes
from .watch import Watch

CONTROL = 3
STANDARD = """abc argparse array ast base64 bisect builtins calendar cmath collections contextlib copy csv dataclasses
datetime decimal enum errno fileinput fractions functools heapq io itertools json linecache math numbers operator os
pickle queue random re signal statistics string struct sys textwrap threading time timeit traceback types typing
weakref"""
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC"}
ENVIRONMENT |= {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass
class Slot:
    """What the zygote knows of itself."""

    tier: str
    user: int | None
    group: cgroup.Group
    paths: list[str]
    control: Any
    hooks: list[dict[str, Any]]
    """What the library wants done after each fork. It is two thirds of the time of a fork, and after the zygote's there
    is no other thread whose lock needs a reset; each program gets the hooks back for the forks of its own."""
    folder: str
    """Where programs have their folders, in the tiers without a file system of their own."""


def prepare(
    settings: dict[str, Any], group: cgroup.Group, user: int | None, paths: list[str], hooks: list[dict[str, Any]]
) -> Slot:
    """Load what programs import, and clear away what they should not see."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    sys.path[:] = [path for path in sys.path if "python" in path and path != settings["home"]] + settings["packages"]
    for name in STANDARD.split() + settings["preload"]:
        importlib.import_module(name)
    site = importlib.import_module("site")  # only its `exit`, `quit` and `help`: third-party packages stay out
    site.setquit()
    site.sethelper()
    for name in [name for name in sys.modules if name.split(".")[0] == "sandbox"]:
        del sys.modules[name]
    return Slot(settings["tier"], user, group, paths, _socket.socket(fileno=CONTROL), hooks, settings.get("folder", ""))


def serve(slot: Slot) -> None:
    """One job after the other, until the caller hangs up."""
    gc.collect()
    gc.freeze()
    while True:
        data, ancillary, _, _ = slot.control.recvmsg(65536, 64)
        if not data:
            os._exit(0)
        descriptors = array.array("i")
        for _, _, numbers in ancillary:
            descriptors.frombytes(numbers)
        message = json.loads(data)
        if message.get("do") == "start":
            slot.control.send(json.dumps(_job(slot, message, list(descriptors))).encode())


def _job(slot: Slot, job: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    limits = job["limits"]
    slot.group.limit(memory_mb=limits["memory_mb"] + limits["disk_mb"] + 64, processes=limits["processes"] + 1)
    folder = folders.make(slot.folder, limits["disk_mb"], slot.user)
    job |= {"tier": slot.tier, "folder": folder, "depth": 7, "rlimits": _rlimits(slot, job)}
    random.seed()  # in the program's stead: each starts from a state of its own
    kills = slot.group.kills()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            inside.confine(job, descriptors, slot.user, slot.paths)
            for hook in slot.hooks:
                os.register_at_fork(**hook)
            inside.program(job)
        finally:
            os._exit(1)
    for descriptor in descriptors:
        os.close(descriptor)
    watch = Watch(pid, started, limits, None if slot.tier == "A" else folder)
    ended_by = _until_it_ends(slot, watch)
    report = watch.end(ended_by)
    if report["signal"] == signal.SIGKILL and not ended_by and slot.group.kills() > kills:
        report["ended_by"] = "memory"
    folders.remove(slot.folder, folder, slot.user)
    return report


def _until_it_ends(slot: Slot, watch: Watch) -> str:
    """Wait for the program's end, the caller's word or a limit; what it was, or nothing where it ended by itself."""
    process = os.pidfd_open(watch.pid)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(slot.control, select.POLLIN)
    try:
        while True:
            events = dict(poll.poll(20))
            if slot.control.fileno() in events:
                data = slot.control.recv(65536)
                if not data:
                    os._exit(0)  # the caller is gone, and with this process goes all it started
                what = json.loads(data)["do"]
                if what == "kill":
                    return "caller"
                answer = watch.begin() if what == "begin" else watch.pause()
                slot.control.send(json.dumps(answer).encode())
            if process in events:
                return ""
            processes.collect_orphans(watch.pid)
            over = watch.over()
            if over:
                return over
    finally:
        os.close(process)


def _rlimits(slot: Slot, job: dict[str, Any]) -> dict[str, int]:
    limits = job["limits"]
    wanted = {"RLIMIT_FSIZE": limits["disk_mb"] << 20, "RLIMIT_NOFILE": 256}
    if job["bounded_addresses"]:
        wanted["RLIMIT_AS"] = (limits["memory_mb"] << 20) + (1 << 30)
    if "entry_point" not in job:
        wanted["RLIMIT_CPU"] = int(limits["cpu_s"]) + 2
    others = 0 if slot.user is not None else 2 if slot.tier == "A" else 4096  # the zygote and its launcher
    wanted["RLIMIT_NPROC"] = limits["processes"] + others
    return wanted
