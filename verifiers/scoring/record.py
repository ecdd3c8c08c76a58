"""The file of scored rows: whole lines only, so that a run that was killed goes on where it stopped."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from .lines import Line
from .rows import Row

_EVERY_S = 0.5
_BYTES = 1 << 18


class Refused(ValueError):
    """What has been written is not the beginning of this run; the message says why, and what to do."""


class Record:
    """`FILE.scores.jsonl`, open to be added to; `FILE.scores.jsonl.settings` beside it says what it is made with."""

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._written = time.monotonic()
        beside = path.with_name(f"{path.name}.settings")
        self._file = open(path, "ab+")  # noqa: SIM115  (closed by __exit__)
        try:
            _lock(self._file.fileno(), path)
            _agree(beside, settings, path, begun=os.fstat(self._file.fileno()).st_size > 0)
            self._drop_torn_line()
        except BaseException:
            self._file.close()
            raise

    def done(self, rows: Iterator[Row], tell: Callable[[dict[str, Any], Row], object]) -> int:
        """How many rows are there already. The same ones are taken from `rows`; Refused where one has changed."""
        self._file.seek(0)
        count = 0
        for text in self._file:
            row = next(rows, None)
            if row is None:
                raise Refused(f"{self.path} has more rows than the file that is to be scored: {_ANOTHER}")
            try:
                written = json.loads(text)
                same = written["index"] == row.index and written["row"] == row.digest
            except (ValueError, KeyError, TypeError):
                raise Refused(f"{self.path}, line {count + 1}, is no row of a score: {_ANOTHER}") from None
            if not same:
                raise Refused(f"{row.where}: not what it was when {self.path} was written: {_ANOTHER}")
            tell(written, row)
            count += 1
        return count

    def add(self, line: Line) -> None:
        """Write the line, at the latest with one of the next half second."""
        self._waiting.append(line.text)
        self._bytes += len(line.text)
        if self._bytes > _BYTES or time.monotonic() - self._written > _EVERY_S:
            self.write()

    def write(self) -> None:
        """Write all that waits."""
        waiting, self._waiting, self._bytes, self._written = self._waiting, [], 0, time.monotonic()
        self._file.write(b"".join(waiting))
        self._file.flush()

    def _drop_torn_line(self) -> None:
        """What stands after the last end of a line was being written when the run ended."""
        end = self._file.seek(0, os.SEEK_END)
        whole = 0
        while end > 0 and not whole:
            begin = max(0, end - (1 << 16))
            self._file.seek(begin)
            whole = begin + self._file.read(end - begin).rfind(b"\n") + 1 if end > begin else 0
            if whole == begin:  # no end of a line in this part
                whole, end = 0, begin
        self._file.truncate(whole)

    def __enter__(self) -> Record:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            # After a full disk what waits cannot be written either; that error is the one to be seen.
            with contextlib.suppress(OSError) if isinstance(error, OSError) else contextlib.nullcontext():
                self.write()
        finally:
            self._file.close()


_ANOTHER = "name another one with --out, or delete this one to begin again"


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(f"{path} is being written by another run: wait for it, or name another one with --out") from None


def _agree(beside: Path, settings: dict[str, Any], path: Path, *, begun: bool) -> None:
    """Refused where the file was begun with other settings; else they are written down."""
    text = json.dumps(settings, indent=1)
    try:
        before = json.loads(beside.read_text(encoding="utf-8"))
    except FileNotFoundError:
        before = None
    except ValueError:
        before = {}
    if begun and before is None:
        raise Refused(f"{path} was not written by a score, which leaves {beside.name} beside it: {_ANOTHER}")
    if begun and before != json.loads(text):
        names = [name for name in settings if not isinstance(before, dict) or before.get(name) != settings[name]]
        said = "; ".join(f"{name} was {(before or {}).get(name)!r}, is {settings[name]!r}" for name in names)
        raise Refused(f"{path} was begun with other settings ({said}): {_ANOTHER}")
    new = beside.with_name(f"{beside.name}.new")
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(beside)
