"""A program compiled once in its box, and forked for each input: what ten tests share is paid for once.

The process that forks is as little trusted as the program, which may reach into it. It learns nothing but inputs, and
what it says of a run, an exit status, the program could have brought about by exiting so. Limits are the zygote's.
"""

from __future__ import annotations

import _socket
import array
import os
import random
import signal
import struct
from collections.abc import Callable
from typing import Any, NoReturn

ANSWER = struct.Struct("<iqd?")
"""Wait status, peak kilobytes, seconds of CPU, and whether the box is no longer as it was."""


def serve(channel: int, folder: str, run: Callable[[], NoReturn]) -> None:
    """For each byte that comes with three descriptors, a child that has them as stdin, stdout and stderr and does
    `run`; an answer when it has ended and all that it started is dead. Only in a pid namespace of its own."""
    caller = _socket.socket(fileno=channel)
    fresh = _look(folder)
    while True:
        data, ancillary, _, _ = caller.recvmsg(1, 64)
        if not data:
            return
        random.seed()
        pid = os.fork()
        descriptors = array.array("i", ancillary[0][2]) if ancillary else array.array("i")
        if pid == 0:
            try:
                for number, descriptor in enumerate(descriptors):
                    os.dup2(descriptor, number)
                os.closerange(3, 256)
                os.setpgid(0, 0)
                run()
            finally:
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status, usage = os.wait4(pid, 0)
        _end_the_rest()
        spent = _look(folder) != fresh
        answer = ANSWER.pack(status, usage.ru_maxrss, usage.ru_utime + usage.ru_stime, spent)
        caller.send(len(answer).to_bytes(4, "little") + answer)


def _end_the_rest() -> None:
    try:
        os.kill(-1, signal.SIGKILL)  # all but this process and process 1
    except ProcessLookupError:
        return
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def _look(folder: str) -> list[Any]:
    """What a program would have changed by writing anything, be it through a mapping, which changes no time."""
    about = os.stat(folder)
    files: list[Any] = [about.st_mtime_ns, about.st_ctime_ns]
    with os.scandir(folder) as entries:
        for entry in entries:
            stat = entry.stat(follow_symlinks=False)
            files += [entry.name, stat.st_mtime_ns, stat.st_ctime_ns]
            if entry.is_file(follow_symlinks=False):
                files.append(_content(entry.path, stat.st_size))
    return files


def _content(path: str, size: int) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # closed to its owner: its times tell of it
        return b""
    try:
        return os.read(file, size)
    finally:
        os.close(file)
