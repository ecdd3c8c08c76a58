"""What a program and all that it has started use, held against its limits by the zygote that started it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from typing import Any

from . import folders, processes

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PATIENCE = 10
"""A program that waits for a processor is no sleeper: under load the wall clock may show this many times its limit."""


class Watch:
    """One program after the other. `apart`: they have a pid namespace of their own, and a file system with a limit.
    `grouped`: the kernel counts their memory, also what no process shows."""

    def __init__(self, kill: Callable[[], None], *, apart: bool, grouped: bool = True) -> None:
        self.pid = 0
        self._kill = kill
        self._apart, self._grouped = apart, grouped
        self._processes = processes.namespace if apart else processes.descendants

    def start(self, pid: int, limits: dict[str, Any], folder: str) -> None:
        self.pid = pid
        self._limits = limits
        self._folder = folder
        self._started = time.monotonic()
        self._reaped_before = _reaped()
        self._cpu_before = self._most_cpu = self._own_of_ended = 0.0
        self._own: dict[int, float] = {}
        self._peak_mb = self._waited_of_ended = 0.0
        self._waited: dict[int, float] = {}
        self._shared: dict[bytes, float] = {}
        self._credited = self._started

    def used(self) -> dict[str, float]:
        """What has been used since this was last asked: by one call."""
        running = self._processes()
        self._memory(running)
        self._peak_mb = max(self._peak_mb, processes.peak_mb(self.pid))
        before, self._cpu_before = self._cpu_before, self._cpu(running)
        return {"cpu_s": max(0.0, self._cpu_before - before), "memory_mb": self._peak_mb}

    def over(self) -> str:
        """The limit that is passed, if any."""
        running = self._processes()
        if self._cpu(running) - self._cpu_before > self._limits["cpu_s"]:
            return "cpu"
        if self._memory(running) > self._limits["memory_mb"]:
            return "memory"
        self._note_waiting(running)
        return "" if self._apart else self._fills(running)

    def _fills(self, running: list[int]) -> str:
        """The limit that only looking keeps, where no file system and no group does."""
        if folders.megabytes(self._folder, self._limits["disk_mb"]) > self._limits["disk_mb"]:
            return "disk"
        return "process" if sum(map(processes.threads, running)) > self._limits["processes"] else ""

    def sleeps(self, passed: float) -> bool:
        """Whether the wall clock is over its limit, less the time that the program was ready and had no processor. The
        clock is the caller's, for only it knows when a call began and whether it could listen itself."""
        allowed = self._limits["wall_s"]
        if passed <= allowed:
            return False
        waited = max(map(processes.waited_seconds, self._processes()), default=0.0) + self._waited_of_ended
        return bool(passed - waited > allowed or passed > _PATIENCE * allowed)

    def _note_waiting(self, running: list[int]) -> None:
        """What those have waited that have ended since the last look: of those that did so at the same time only one,
        or sixteen sleepers that each wait a little would make the clock stand still."""
        waited = {}
        for pid in running if len(running) > 1 else []:
            if pid != self.pid:
                waited[pid] = max(self._waited.get(pid, 0.0), processes.waited_seconds(pid))
        ended = [seconds for pid, seconds in self._waited.items() if pid not in waited]
        if ended:
            now = time.monotonic()
            self._waited_of_ended += min(max(ended), now - self._credited)
            self._credited = now
        self._waited = waited

    def end(self, ended_by: str) -> dict[str, Any]:
        """Kill whatever is left, collect it, and say what it all came to."""
        collected = processes.end_all(self._kill)
        status = collected[self.pid][0]
        cpu = max(0.0, self._cpu([]) - self._cpu_before)
        peak_mb = max(self._peak_mb, *(kilobytes / 1024 for _, kilobytes in collected.values()))
        if not ended_by and cpu > self._limits["cpu_s"]:
            ended_by = "cpu"
        if not ended_by and peak_mb > self._limits["memory_mb"]:
            ended_by = "memory"
        return {
            "ended_by": ended_by,
            "exit_code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "cpu_s": cpu,
            "wall_s": time.monotonic() - self._started,
            "memory_mb": peak_mb,
        }

    def _cpu(self, running: list[int]) -> float:
        """Seconds since the start, in two ways of which each may miss some: what was collected and what lives, for
        whoever ignores SIGCHLD collects nobody; and what each process was last seen to have used itself."""
        collected = _reaped() - self._reaped_before
        own = {}
        for pid in running:
            own[pid], children = processes.cpu_seconds(pid)
            collected += own[pid] + children
        self._own_of_ended += sum(used for pid, used in self._own.items() if own.get(pid, -1.0) < used)
        self._own = own
        self._most_cpu = max(self._most_cpu, collected, self._own_of_ended + sum(own.values()))
        return self._most_cpu

    def _memory(self, running: list[int]) -> float:
        """Megabytes now. What processes share is counted once for each, until that matters."""
        counts = [processes.pages(pid) for pid in running]
        now = sum(resident for _, resident in counts) * _PAGE / (1 << 20)
        if now > self._limits["memory_mb"]:
            now = sum(map(processes.proportional_mb, running))
        if not self._grouped and sum(total for total, _ in counts) * _PAGE / (1 << 20) > self._limits["memory_mb"]:
            self._shared = processes.shared_mb(running, self._shared)
            now = max(now, sum(self._shared.values())) + sum(map(processes.swapped_mb, running))
        self._peak_mb = max(self._peak_mb, now)
        return float(now)


def _reaped() -> float:
    """Seconds that collected descendants have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
