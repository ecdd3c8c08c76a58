"""Limits on all processes of a slot together, where control groups are writable: memory, and how many there are.

A slot's zygote joins once, and every program inherits its place. The files stay open from before the zygote's root
changes, so that it can set each program's limits.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field

from . import locks

_TRIES = 20


@dataclass(frozen=True)
class Group:
    """The folders of one slot's group, and its open files: `memory` and `pids` limits, and `kills` for memory."""

    folders: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    """The folders' parents, open, for no path leads there once the root has changed."""
    files: dict[str, int] = field(default_factory=dict)

    def limit(self, *, memory_mb: int, processes: int) -> None:
        for name, value in (("memory", memory_mb << 20), ("pids", processes)):
            if name in self.files:
                try:
                    os.pwrite(self.files[name], str(value).encode(), 0)
                except OSError:
                    continue  # busy: what the last program used is not yet given back; its limit holds once more

    def kills(self) -> int:
        """How many processes the kernel has killed here because memory ran out."""
        if "kills" not in self.files:
            return 0
        words = os.pread(self.files["kills"], 4096, 0).split()
        return int(words[words.index(b"oom_kill") + 1]) if b"oom_kill" in words else 0


def create(name: str) -> Group:
    """A group for a new slot, as far as this user may make one; the empty group where nothing is writable."""
    folders: list[str] = []
    parents: list[int] = []
    files: dict[str, int] = {}
    for kinds, parent, version in _parents():
        _sweep(parent)
        folder = os.path.join(parent, locks.PREFIX + name)
        try:
            os.mkdir(folder)
        except OSError:
            continue
        locks.hold(folder)
        folders.append(folder)
        parents.append(os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        wanted = {"memory": "memory.limit_in_bytes", "pids": "pids.max", "kills": "memory.oom_control"}
        if version == 2:
            wanted |= {"memory": "memory.max", "kills": "memory.events"}
        for key, file in wanted.items():
            if ("pids" if key == "pids" else "memory") in kinds and os.path.exists(os.path.join(folder, file)):
                mode = os.O_RDONLY if key == "kills" else os.O_WRONLY
                files[key] = os.open(os.path.join(folder, file), mode | os.O_CLOEXEC)
    return Group(folders, parents, files)


def join(group: Group) -> None:
    for folder in group.folders:
        with open(os.path.join(folder, "cgroup.procs"), "w") as procs:
            procs.write("0")  # the writer, whatever number it has in its own namespace


def remove(group: Group) -> None:
    for folder, parent in zip(group.folders, group.parents, strict=True):
        try:
            os.rmdir(os.path.basename(folder), dir_fd=parent)
        except OSError:
            continue  # a process of it is still ending: the next slot sweeps


def _parents() -> list[tuple[list[str], str, int]]:
    """(controllers, folder in which a group may be made, version) for each hierarchy that this process sees."""
    found = []
    with open("/proc/self/cgroup") as own:
        for line in own:
            number, names, path = line.rstrip("\n").split(":", 2)
            if number == "0":
                found += _unified(path)
                continue
            kinds = [kind for kind in names.split(",") if kind in ("memory", "pids")]
            folder = f"/sys/fs/cgroup/{names}{path}".rstrip("/")
            if kinds and os.access(folder, os.W_OK):
                found.append((kinds, folder, 1))
    return found


def _unified(path: str) -> list[tuple[list[str], str, int]]:
    """Version 2: beside this process's group, for a group that holds processes has no limited groups below it."""
    for folder in (f"/sys/fs/cgroup{path}".rstrip("/"), os.path.dirname(f"/sys/fs/cgroup{path}".rstrip("/"))):
        try:
            with open(os.path.join(folder, "cgroup.subtree_control")) as enabled:
                kinds = [kind for kind in enabled.read().split() if kind in ("memory", "pids")]
        except OSError:
            continue
        if kinds and os.access(folder, os.W_OK):
            return [(kinds, folder, 2)]
    return []


def _sweep(parent: str) -> None:
    """End and remove what slots whose launcher was killed have left."""
    for folder in locks.abandoned(parent):
        for _ in range(_TRIES):
            try:
                _kill_all(folder)
                os.rmdir(folder)
            except OSError:  # someone else was quicker, or its last process is still ending
                time.sleep(0.005)
            else:
                break


def _kill_all(folder: str) -> None:
    with open(os.path.join(folder, "cgroup.procs")) as procs:
        for pid in map(int, procs):
            if pid:  # 0: it is of another pid namespace
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
