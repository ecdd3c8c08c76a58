"""Forks of the caller: a child must not keep the descriptors of its parent's programs, or their input never ends.

A trainer's data loader may fork while another thread is running a program. What is opened under `none()` is noted
before any fork can happen, and closed in the child.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Closable(Protocol):
    def close(self) -> None: ...


_lock = threading.RLock()
_open: weakref.WeakSet[Closable] = weakref.WeakSet()


@contextmanager
def none() -> Iterator[None]:
    """No thread of this process forks in this block (starting other programs is no such fork)."""
    with _lock:
        yield


def close_in_children(what: Closable) -> None:
    _open.add(what)


def forget(what: Closable) -> None:
    """It is closed, and needs no care any more."""
    _open.discard(what)


def _in_child() -> None:
    global _lock
    _lock = threading.RLock()
    for what in list(_open):
        what.close()
    _open.clear()


def _before() -> None:
    _lock.acquire()


def _in_parent() -> None:
    _lock.release()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
