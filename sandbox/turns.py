"""Whose turn it is to have a slot."""

from __future__ import annotations

import collections
import queue
import threading
from collections.abc import Sequence

from .slot import Slot


class Turns:
    """The slots that nobody holds. The last used is taken first, for it is warm; who waits is served in turn."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._lock = threading.Lock()
        self._idle = list(reversed(slots))
        self._waiting: collections.deque[queue.SimpleQueue[Slot]] = collections.deque()

    def take(self, *, wait: bool) -> Slot | None:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if not wait:
                return None
            turn: queue.SimpleQueue[Slot] = queue.SimpleQueue()
            self._waiting.append(turn)
        slot = None
        try:
            slot = turn.get()
            return slot
        finally:
            if slot is None:
                self._forgo(turn)

    def give(self, slot: Slot) -> None:
        """To the one who has waited longest: put where all may take it, its giver would be the first to come back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(slot)
            else:
                self._idle.append(slot)

    def _forgo(self, turn: queue.SimpleQueue[Slot]) -> None:
        """Whoever waited was interrupted."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self.give(turn.get())
