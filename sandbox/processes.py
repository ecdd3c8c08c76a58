"""Processes as /proc shows them: who descends from us, what each uses, and how to end them all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TRIES = 20
_TICK = os.sysconf("SC_CLK_TCK")
_STATE, _PARENT, _CHILD_USER, _CHILD_SYSTEM, _THREADS = 0, 1, 13, 14, 17
"""Places in /proc/PID/stat after the name."""


def namespace() -> list[int]:
    """All but this process, where it is process 1 of its pid namespace."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def descendants() -> list[int]:
    """This process's children, theirs, and so on."""
    parents = {
        pid: int((_stat(pid) or [b"0", b"0"])[_PARENT]) for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
    }
    family = {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        if not more:
            return sorted(family - {os.getpid()})
        family |= more


def of_user(user: int) -> int:
    """How many threads a user runs, as far as they can be seen from here."""
    total = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            total += threads(int(name)) if os.stat(f"/proc/{name}").st_uid == user else 0
        except OSError:
            continue  # it has just ended
    return total


def kill_others() -> None:
    """Kill all that may be killed but this process and process 1, in one pass that no fork escapes. Only where that is
    nobody else's: in a pid namespace of one's own, or as a user of one's own."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return


def kill_others_of(user: int) -> None:
    """The same as another user, in a child that is nobody but him: who has root's name anywhere would kill root's."""
    for _ in range(_TRIES):
        if not any(map(threads, descendants())):
            return
        try:
            pid = os.fork()
        except OSError:  # a limit leaves no room
            break
        if pid == 0:
            try:
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
                kill_others()
            finally:
                os._exit(0)
        if not os.WIFSIGNALED(os.waitpid(pid, 0)[1]):
            return
        kill_descendants()  # the program was quicker, for whom the child was one of its own; once more for who escaped
    kill_descendants()


def kill_descendants() -> None:
    """Stop every descendant until there is no new one, for what is stopped cannot fork; then kill them."""
    stopped: set[int] = set()
    while True:
        new = set(descendants()) - stopped
        for pid in new:
            _signal(pid, signal.SIGSTOP)
        stopped |= new
        if not new:
            break
    for pid in stopped:
        _signal(pid, signal.SIGKILL)


def end_all(kill: Callable[[], None]) -> dict[int, tuple[int, int]]:
    """Kill and collect until there is no child left: for each child its status and its peak memory in kilobytes."""
    collected = {}
    while True:
        kill()
        try:
            pid, status, usage = os.wait4(-1, 0)
            while pid:
                collected[pid] = status, usage.ru_maxrss
                pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return collected


def collect_orphans(but: int) -> None:
    """Be the parent of processes whose own has ended; `but` is left for `end_all`."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid == but:
            return
        os.waitpid(ended.si_pid, 0)


def cpu_seconds(pid: int) -> tuple[float, float]:
    """What a process has used, and what its collected children have."""
    try:
        exact = time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0, 0.0  # it has just ended
    stat = _stat(pid)
    return exact, (int(stat[_CHILD_USER]) + int(stat[_CHILD_SYSTEM])) / _TICK if stat else 0.0


def pages(pid: int) -> tuple[int, int]:
    """Of its address space, and those that are in memory."""
    found = _pages(f"/proc/{pid}/statm")
    if found[1]:
        return found
    try:  # a process whose first thread has ended shows nothing; its other threads do
        return max(_pages(f"/proc/{pid}/task/{thread}/statm") for thread in os.listdir(f"/proc/{pid}/task"))
    except (OSError, ValueError):
        return 0, 0


def _pages(path: str) -> tuple[int, int]:
    try:
        with open(path, "rb") as file:
            total, resident, *_ = file.read().split()
            return int(total), int(resident)
    except (OSError, ValueError):
        return 0, 0


def shared_mb(pids: list[int], known: dict[bytes, float]) -> dict[bytes, float]:
    """The size of all memory that is shared and of no file, by its number, or what it was when last looked at: what
    everybody has let go of is in memory still, and in nobody's resident set."""
    found: dict[bytes, float] = {}
    for pid in pids:
        sizes: dict[bytes, float] = {}
        try:
            with open(f"/proc/{pid}/maps", "rb") as file:
                for line in file:
                    if line.endswith(b"/dev/zero (deleted)\n"):
                        addresses, _, _, _, number, *_ = line.split()
                        first, _, last = addresses.partition(b"-")
                        sizes[number] = sizes.get(number, 0.0) + (int(last, 16) - int(first, 16)) / (1 << 20)
        except OSError:
            continue  # it has just ended
        for number, size in sizes.items():
            found[number] = max(size, found.get(number, 0.0), known.get(number, 0.0))
    return found


def swapped_mb(pid: int) -> float:
    return _status_mb(pid, b"VmSwap:")


def peak_mb(pid: int) -> float:
    """The most that was ever resident."""
    return _status_mb(pid, b"VmHWM:")


def _status_mb(pid: int, key: bytes) -> float:
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(key)) / 1024
    except (OSError, StopIteration):  # it has just ended
        return 0.0


def proportional_mb(pid: int) -> float:
    """Memory with each shared page divided among those who share it: exact, and too dear to ask often."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(b"Pss:")) / 1024
    except (OSError, StopIteration):  # it hides, or has just ended
        return pages(pid)[1] * _PAGE / (1 << 20)


def threads(pid: int) -> int:
    """How many there are, without one that has ended and is still to be collected: the first may be that one."""
    stat = _stat(pid)
    return int(stat[_THREADS]) - (stat[_STATE] == b"Z") if stat else 0


def waited_seconds(pid: int) -> float:
    """How long one of its threads, the one that waited longest, was ready to run and had no processor."""
    longest = 0.0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
                longest = max(longest, int(file.read().split()[1]) / 1e9)
    except (OSError, IndexError):
        return longest
    return longest


def _stat(pid: int) -> list[bytes] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
