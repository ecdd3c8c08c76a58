"""A program's standard input: a file that nobody can change, for many a program asks how large it is or maps it."""

from __future__ import annotations

import fcntl
import os

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


def open_input(content: bytes) -> int:
    """A descriptor to read it from, with a place of its own. A program of another user may open /dev/stdin."""
    try:
        file = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError:  # some forbid files in memory; one that has no name and is open for reading is as good
        return _open_unnamed(content)
    try:
        _fill(file, content)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
        return os.open(f"/proc/self/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(file)


def _open_unnamed(content: bytes) -> int:
    import tempfile  # seldom needed

    file, path = tempfile.mkstemp()
    try:
        _fill(file, content)
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.unlink(path)
        os.close(file)


def _fill(file: int, content: bytes) -> None:
    os.fchmod(file, 0o444)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
