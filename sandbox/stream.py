"""What comes out of a program, read as it comes and kept up to a limit."""

from __future__ import annotations

import os

CHUNK = 1 << 16


class Stream:
    """What has come out of one of the program's pipes."""

    def __init__(self, descriptor: int, keep: int, allowed: int) -> None:
        self.descriptor = descriptor
        self.ended = False
        self._keep, self._allowed = keep, allowed
        self._kept, self._seen = bytearray(), 0

    @property
    def over(self) -> bool:
        return self._seen > self._allowed

    def read(self) -> None:
        """All that is there now, or more than is allowed."""
        while not self.ended and not self.over:
            try:
                part = os.read(self.descriptor, CHUNK)
            except BlockingIOError:
                return
            self.ended = not part
            self._seen += len(part)
            self._kept += part[: max(0, self._keep - len(self._kept))]
            if len(part) < CHUNK >> 1 and part:
                return  # most likely that was all; if not, poll says so

    def drain(self) -> None:
        """All that is there, to the last byte."""
        before = -1
        while before != self._seen:
            before = self._seen
            self.read()

    def take(self) -> bytes:
        taken = bytes(self._kept)
        self._kept.clear()
        self._seen = 0
        return taken
