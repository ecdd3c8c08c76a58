"""The rows of a file of completions, JSONL or Parquet, one after another, never all at once."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

LONGEST_LINE = 256 << 20
"""Bytes; a longer one is no row of anybody's."""
PARQUET = (".parquet", ".pq")
STDIN = "-"
_BATCH = 64


class BadRow(ValueError):
    """A row that cannot be read; the message says where it is and what is wrong with it."""


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file."""

    index: int
    """From 0; blank lines are no rows."""
    where: str
    """Where it is, for a person."""
    line: int
    """From 1; in Parquet the row's number."""
    raw: bytes
    position: int
    """How much of the file has been read with it: bytes, or rows of Parquet."""

    @property
    def digest(self) -> str:
        """By which a row that has been scored is known again."""
        return hashlib.blake2b(self.raw, digest_size=8).hexdigest()

    def columns(self) -> dict[str, Any]:
        """Its columns by name."""
        try:
            found = json.loads(self.raw)
        except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
            raise BadRow(f"{self.where}: no JSON: {error}") from None
        if not isinstance(found, dict):
            raise BadRow(f"{self.where}: a {type(found).__name__}, not an object with named columns")
        return found


@dataclass(frozen=True)
class Piece:
    """Some rows of a file: those from `row` on, `count` of them, in a part that is found by `start`."""

    start: int
    """Where its first line begins, or its row group of Parquet."""
    line: int
    row: int
    count: int
    skip: int = 0
    """Rows of its row group that come before it."""


def is_parquet(path: str) -> bool:
    """Whether its name says so."""
    return path.lower().endswith(PARQUET)


def size_of(path: str) -> int | None:
    """The position after the last row, or None where nobody knows it yet."""
    if path == STDIN:
        return None
    return _parquet(path).metadata.num_rows if is_parquet(path) else Path(path).stat().st_size


def read_rows(path: str) -> Iterator[Row]:
    """All rows of a file, or of standard input where the path is `-`."""
    if is_parquet(path):
        yield from _parquet_rows(path, None, 0)
        return
    with nullcontext(sys.stdin.buffer) if path == STDIN else open(path, "rb") as file:
        yield from _lines(file, path, 0, 0)


def read_piece(path: str, piece: Piece) -> Iterator[Row]:
    """The rows of one piece of a file."""
    if is_parquet(path):
        rows = _parquet_rows(path, piece.start, piece.row - piece.skip)
        yield from (row for row in rows if row.index >= piece.row)
        return
    with open(path, "rb") as file:
        file.seek(piece.start)
        yield from itertools.islice(_lines(file, path, piece.line, piece.row), piece.count)


def pieces(path: str, rows: Iterator[Row], done: int, size: int) -> Iterator[Piece]:
    """The file in pieces of `size` rows, or of Parquet's row groups, without its first `done` rows.

    `rows` are those after these, and are read through where the file is JSONL.
    """
    if is_parquet(path):
        metadata, first = _parquet(path).metadata, 0
        for group in range(metadata.num_row_groups):
            count = metadata.row_group(group).num_rows
            if first + count > done:
                skip = max(0, done - first)
                yield Piece(group, 0, first + skip, count - skip, skip)
            first += count
        return
    while first_row := next(rows, None):
        count = 1 + sum(1 for _ in itertools.islice(rows, size - 1))
        yield Piece(first_row.position - len(first_row.raw), first_row.line - 1, first_row.index, count)


def _lines(file: IO[bytes], path: str, line: int, index: int) -> Iterator[Row]:
    position = file.tell() if path != STDIN else 0
    name = "standard input" if path == STDIN else path
    while raw := file.readline(LONGEST_LINE + 1):
        line += 1
        position += len(raw)
        where = f"{name}, line {line}"
        if len(raw) > LONGEST_LINE:
            raise BadRow(f"{where}: longer than {LONGEST_LINE >> 20} MiB")
        if not raw.isspace():
            yield Row(index, where, line, raw, position)
            index += 1


def _parquet(path: str) -> Any:
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f'Parquet needs pyarrow: pip install "r1-verifiers[score]" ({error})') from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except pyarrow.lib.ArrowInvalid as error:
        raise BadRow(f"{path} is no Parquet: {error}") from None


def _parquet_rows(path: str, group: int | None, index: int) -> Iterator[Row]:
    with _parquet(path) as file:
        groups = range(file.metadata.num_row_groups) if group is None else [group]
        for batch in file.iter_batches(_BATCH, row_groups=list(groups)):
            for columns in batch.to_pylist():
                raw = json.dumps(columns, default=str).encode()
                yield Row(index, f"{path}, row {index + 1}", index + 1, raw, index + 1)
                index += 1
