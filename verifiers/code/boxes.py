"""One sandbox a process for all who bring none: opened when first used, closed at exit."""

from __future__ import annotations

import atexit
import os
import threading

from sandbox import Sandbox, open_sandbox

from .ground_truth import SandboxFailed

_lock = threading.Lock()
_boxes: dict[int, Sandbox] = {}
"""By process id. A forked child opens its own, and keeps its parent's unused: closing that one is the parent's."""


def shared_sandbox() -> Sandbox:
    """This process's sandbox; any number of threads may use it."""
    with _lock:
        box = _boxes.get(os.getpid())
        if box is None:
            try:
                box = open_sandbox()
            except (OSError, RuntimeError) as error:
                raise SandboxFailed(f"no sandbox opens here: {error}") from error
            _boxes[os.getpid()] = box
        return box


def isolation() -> list[tuple[bool, str]]:
    """What isolation is to be had here: lines for a person, each with whether it is good news."""
    from sandbox.doctor import report

    return list(report())


def _close() -> None:
    with _lock:
        box = _boxes.pop(os.getpid(), None)
    if box is not None:
        box.close()


def _renew_lock() -> None:
    global _lock
    _lock = threading.Lock()  # another thread may have held it at the fork


os.register_at_fork(after_in_child=_renew_lock)
atexit.register(_close)
