"""Folders that a launcher keeps for as long as it lives, and how to know those whose launcher was killed.

A name holds the number of the launcher, which may mean nothing in another pid namespace; so a folder is abandoned only
if besides nobody holds its lock. The kernel takes a lock from whoever dies.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator

PREFIX = "r1-sandbox-"


def hold(folder: str) -> None:
    """Until this process and those forked from it have ended: the descriptor stays open."""
    fcntl.flock(_open(folder), fcntl.LOCK_EX)


def abandoned(parent: str) -> Iterator[str]:
    """This user's folders in `parent` that are called PREFIX, a process that is gone, and perhaps more after a dash."""
    for name in os.listdir(parent):
        number = name[len(PREFIX) :].split("-")[0]
        if not name.startswith(PREFIX) or not number.isdigit() or os.path.exists(f"/proc/{number}"):
            continue
        folder = os.path.join(parent, name)
        try:
            lock = _open(folder)
        except OSError:  # someone else was quicker, or it is no folder
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_uid == os.geteuid():
                yield folder
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def _open(folder: str) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
