"""Where a program may write: a file system of its own in tier A, else a folder that is measured and removed."""

from __future__ import annotations

import os
from typing import Any

from . import locks, root

SHARED = "/dev/shm"


def keep(orders: Any, parent: str, user: int | None) -> None:
    """For as long as the zygote lives: on each order, which is a size, remove the last program's folder and send the
    name of a new one. The zygote orders ahead, and does not wait."""
    folder = ""
    try:
        while order := orders.recv(100):
            if folder:
                remove(parent, folder)
            folder = make(parent, int(order), user)
            orders.send(folder.encode())
    except (BrokenPipeError, ConnectionResetError):
        return  # the zygote has ended; what is left is its parent's to remove


def shelf() -> str:
    """A folder for the folders of one slot's programs, who may pass through it and not look around."""
    import tempfile  # tier A, whose forks should be small, has no use for it

    for abandoned in locks.abandoned(tempfile.gettempdir()):
        _remove(abandoned)
    folder = tempfile.mkdtemp(prefix=f"{locks.PREFIX}{os.getpid()}-")
    locks.hold(folder)
    os.chmod(folder, 0o711)
    return folder


def make(parent: str, disk_mb: int, user: int | None) -> str:
    """An empty folder for one program. No `parent`: /tmp is its own, in memory."""
    if not parent:
        root.fresh_tmp(disk_mb)
        return "/tmp"
    import tempfile

    folder = tempfile.mkdtemp(dir=parent)
    if user is not None:
        os.chown(folder, user, user)
    return folder


def remove(parent: str, folder: str) -> None:
    """Whatever has been made of it: a thousand folders deep, without permissions, with names of any bytes."""
    if not parent:
        root.drop_tmp()
        return
    for name in os.listdir(SHARED) if shared_memory() else []:
        _remove(os.path.join(SHARED, name))
    _remove(folder)


def shared_memory() -> bool:
    """Whether programs may use /dev/shm: in a container of ours, where it is theirs alone and nobody else's data."""
    try:
        return os.stat(SHARED).st_uid == os.geteuid() != 0
    except FileNotFoundError:
        return False


def _remove(folder: str) -> None:
    try:
        if not os.path.isdir(folder) or os.path.islink(folder):
            os.unlink(folder)
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                os.unlink(entry.path)
        os.rmdir(folder)
    except OSError:  # it holds more than files
        for command in (["chmod", "-R", "u+rwX", "--", folder], ["rm", "-rf", "--", folder]):
            os.waitpid(os.posix_spawnp(command[0], command, {"PATH": "/usr/bin:/bin"}), 0)


def megabytes(folder: str, stop_at: int) -> float:
    """What lies in a folder, counted until `stop_at`. Each entry costs a page, and one that cannot be seen, all."""
    total, waiting = 0, [folder]
    while waiting and total <= stop_at << 20:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += max(4096, 512 * entry.stat(follow_symlinks=False).st_blocks)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue  # it is gone again
        except OSError:  # too deep for a path, or without permission
            return stop_at + 1.0
    return total / (1 << 20)
