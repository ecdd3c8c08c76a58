"""Inside the box: programs in other languages, compiled in one box and executed in another.

The compiled program goes out to the caller as bytes, and comes back into a fresh box for each run: so a compiler that a
source has taken over can change nothing but the program of that source.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from typing import NoReturn


class Missing(Exception):
    """The compiler or interpreter is not here: no fault of the program's."""


def compile_source(folder: str, file: str, source: bytes, command: Sequence[str], target: str) -> bytes | None:
    """What the compiler makes of a source; None where it refuses, and has said why on stderr."""
    path = _find(command[0])
    write(f"{folder}/{file}", source, 0o600)
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(2, 1)
            os.execv(path, list(command))
        finally:
            os._exit(127)
    _, status = os.waitpid(pid, 0)
    if status:
        return None
    with open(f"{folder}/{target}", "rb") as made:
        return made.read()


def become(folder: str, file: str, content: bytes, command: Sequence[str], ready: Callable[[], object]) -> NoReturn:
    """Turn this process into the program."""
    path = command[0] if "/" in command[0] else _find(command[0])
    write(f"{folder}/{file}", content, 0o700)
    ready()
    try:
        os.execv(path, list(command))
    finally:
        os._exit(127)


def write(path: str, content: bytes, mode: int) -> None:
    """A file, without the machinery of `open`, which would touch much of the memory that is shared with the zygote."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    while content:
        content = content[os.write(file, content) :]
    os.close(file)


def _find(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Missing(f"there is no {name} here")
    return path
