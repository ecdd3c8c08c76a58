"""Landlock: which files a program may open, without any namespace. It is what tier B stands on."""

from __future__ import annotations

import os
import struct

from . import kernel

_READ, _READ_FOLDER, _EXECUTE, _CHANGE_FOLDER = 1 << 2, 1 << 3, 1 << 0, 1 << 13
_RIGHTS_BY_VERSION = [0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1]
"""Every right on files that each version knows: what is not granted is refused."""
_FILE_RIGHTS = _EXECUTE | 1 << 1 | _READ | 1 << 14 | 1 << 15
_SCOPES = 1 << 0 | 1 << 1
"""Abstract sockets and signals (version 6): only among the programs under the same rules."""


def version() -> int:
    try:
        return kernel.syscall("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def rules(readable: list[str], writable: list[str]) -> int:
    """A descriptor of rules: read and run what is below `readable`, anything below `writable`."""
    known = version()
    handled = _RIGHTS_BY_VERSION[min(known, 5)]
    attributes = struct.pack("QQQ", handled, 3 if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    return _rules(attributes[:size], {_READ | _READ_FOLDER | _EXECUTE: readable, handled: writable})


def rules_of_reading(readable: list[str], listed: list[str], moved: list[str]) -> int:
    """The same for reading alone: below `listed` only the names; below `moved` files may change their folder too."""
    change = _CHANGE_FOLDER if version() >= 2 else 0  # where it is known, and not asked for, nobody has it
    read = _READ | _READ_FOLDER | _EXECUTE
    return _rules(struct.pack("Q", read | change), {read: readable, _READ_FOLDER: listed, read | change: moved})


def _rules(attributes: bytes, granted: dict[int, list[str]]) -> int:
    ruleset = kernel.syscall("landlock_create_ruleset", attributes, len(attributes), 0)
    for rights, paths in granted.items():
        for path in paths:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            here = rights if os.path.isdir(path) else rights & _FILE_RIGHTS
            kernel.syscall("landlock_add_rule", ruleset, 1, struct.pack("=Qi", here, descriptor), 0)
            os.close(descriptor)
    return ruleset


def restrict(ruleset: int) -> None:
    kernel.syscall("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)
