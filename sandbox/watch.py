"""What a program and all that it has started use, and how to end every one of them."""

from __future__ import annotations

import os
import resource
import signal
import time
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PATIENCE = 10
"""A program that waits for a processor is no sleeper: under load the wall clock may show this many times its limit."""


class Watch:
    """One program, seen by the zygote that started it."""

    def __init__(
        self, pid: int, started: float, limits: dict[str, Any], *, whole_namespace: bool, user: int | None
    ) -> None:
        self.pid = pid
        self._limits = limits
        self._whole_namespace = whole_namespace
        self._user = user
        self._started = self._since = started
        self._cpu_before = 0.0
        self._reaped_before = _reaped()
        self._paused = False
        self._peak_mb = 0.0
        self._own_pages = _resident_pages(os.getpid())

    def begin(self) -> dict[str, float]:
        """A new call: its time and its wall clock start here."""
        self._since, self._cpu_before, self._paused = time.monotonic(), self._cpu(), False
        return {"cpu_s": 0.0}

    def pause(self) -> dict[str, float]:
        """The call has returned: what it took. The wall clock rests until the next one."""
        self._paused = True
        self._memory()
        return {
            "cpu_s": max(0.0, self._cpu() - self._cpu_before),
            "wall_s": time.monotonic() - self._since,
            "memory_mb": self._peak_mb,
        }

    def collect_orphans(self) -> None:
        """Be the parent of processes whose own has ended, as process 1 is anywhere."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid == self.pid:
                return
            os.waitpid(ended.si_pid, 0)

    def over(self) -> str:
        """The limit that is passed, if any."""
        if self._cpu() - self._cpu_before > self._limits["cpu_s"]:
            return "cpu"
        if self._memory() > self._limits["memory_mb"]:
            return "memory"
        passed = time.monotonic() - self._since
        if not self._paused and passed > self._limits["wall_s"]:
            waited = sum(_waited(pid) for pid in self._processes())
            if passed - waited > self._limits["wall_s"] or passed > _PATIENCE * self._limits["wall_s"]:
                return "wall"
        return ""

    def end(self, ended_by: str) -> dict[str, Any]:
        """Kill whatever is left, collect it, and say what it all came to."""
        status, peak = 0, 0
        own = self._processes()
        while True:
            self._kill(own)
            try:
                pid, status_of_one, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            peak = max(peak, usage.ru_maxrss)
            if pid == self.pid:
                status = status_of_one
            own = self._processes() if not self._whole_namespace else []
        cpu = max(0.0, _reaped() - self._reaped_before - self._cpu_before)
        peak_mb = max(peak / 1024, self._peak_mb)
        if not ended_by and cpu > self._limits["cpu_s"]:
            ended_by = "cpu"
        if not ended_by and peak_mb > self._limits["memory_mb"]:
            ended_by = "memory"
        return {
            "ended_by": ended_by,
            "exit_code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "cpu_s": cpu,
            "wall_s": time.monotonic() - self._since,
            "memory_mb": peak_mb,
        }

    def _kill(self, processes: list[int]) -> None:
        if self._whole_namespace:
            processes = [-1]  # all but process 1, in one pass that no fork escapes
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _processes(self) -> list[int]:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        if self._whole_namespace:
            return [pid for pid in numbers if pid != 1]
        parents = {pid: _parent(pid) for pid in numbers}
        family, found = {os.getpid()}, True
        while found:
            more = {pid for pid, parent in parents.items() if parent in family} - family
            found = bool(more)
            family |= more
        return sorted(family - {os.getpid()})

    def _cpu(self) -> float:
        return _reaped() - self._reaped_before + sum(_used(pid) for pid in self._processes())

    def _memory(self) -> float:
        """Megabytes now, roughly: what is shared with the zygote counts once."""
        pages = 0
        for pid in self._processes():
            pages += max(0, _resident_pages(pid) - self._own_pages)
        now = (pages + self._own_pages) * _PAGE / (1 << 20)
        self._peak_mb = max(self._peak_mb, now)
        return now


def _reaped() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _used(pid: int) -> float:
    """Seconds that a process and its collected children have used."""
    try:
        exact = time.clock_gettime((~pid << 3) | 2)
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0  # it has just ended
    return exact + (int(fields[13]) + int(fields[14])) / _TICK


def _resident_pages(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1])
    except OSError:
        return 0


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def _waited(pid: int) -> float:
    """Seconds that the threads of a process were ready to run and had no processor."""
    total = 0.0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
                total += int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return total
    return total
