"""Where a program may write: a file system of its own in tier A, else a folder that is measured and removed."""

from __future__ import annotations

import os
import tempfile

from . import root


def make(parent: str, disk_mb: int, user: int | None) -> str:
    """An empty folder for one program. No `parent`: /tmp is its own, in memory."""
    if not parent:
        root.fresh_tmp(disk_mb)
        return "/tmp"
    folder = tempfile.mkdtemp(dir=parent)
    os.environ["TMPDIR"] = os.environ["HOME"] = folder
    if user is not None:
        os.chown(folder, user, user)
    return folder


def remove(parent: str, folder: str) -> None:
    """Whatever has been made of it: a thousand folders deep, without permissions, with names of any bytes."""
    if not parent:
        root.drop_tmp()
        return
    try:
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
