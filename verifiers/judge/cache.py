"""What a judge has said before: in memory, or in a file that several processes share. The first to say it is right."""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from contextlib import closing, suppress
from typing import Any, Protocol

_WAIT_S = 30.0  # for another process to finish writing


class Cache(Protocol):
    """Texts by key; any thread may call it."""

    def get(self, key: str) -> str | None: ...

    def add(self, key: str, value: str) -> str:
        """Keep the value unless there is one; what is kept."""
        ...


class MemoryCache:
    """The values last used, so many at most.

    No lock: each step is one of OrderedDict's own, and a child forked in the middle of one has nothing to wait for.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._held: OrderedDict[str, str] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        return MemoryCache, (self.size,)

    def get(self, key: str) -> str | None:
        value = self._held.get(key)
        if value is not None:
            with suppress(KeyError):  # another thread has just let go of it
                self._held.move_to_end(key)
        return value

    def add(self, key: str, value: str) -> str:
        held = self._held.setdefault(key, value)
        while len(self._held) > self.size:
            with suppress(KeyError):
                self._held.popitem(last=False)
        return held


class FileCache:
    """An SQLite file. It is opened for each call, so that threads, forks and processes share nothing but the file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(path)
        try:
            with closing(self._open()) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS said (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        except sqlite3.Error as error:
            raise ValueError(f"{self.path} cannot be a cache: {error}") from error

    def get(self, key: str) -> str | None:
        with closing(self._open()) as connection:
            row = connection.execute("SELECT value FROM said WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def add(self, key: str, value: str) -> str:
        with closing(self._open()) as connection:
            connection.execute("INSERT OR IGNORE INTO said VALUES (?, ?)", (key, value))
            row = connection.execute("SELECT value FROM said WHERE key = ?", (key,)).fetchone()
        return str(row[0])

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
