"""Work in batches, each of which is kept once it is done: a killed stage goes on with the first that is missing."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .log import rows_of
from .tasks import write_jsonl


def batch_file(folder: Path, number: int) -> Path:
    """Where the rows of that batch are, counted from 0."""
    return folder / f"{number:06}.jsonl"


def done_batches(folder: Path) -> int:
    """How many batches are kept, from the first on without a gap."""
    number = 0
    while batch_file(folder, number).is_file():
        number += 1
    return number


def save_batch(folder: Path, number: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep a batch's rows: all of them, or none if killed meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    save_rows(batch_file(folder, number), rows)


def save_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSONL that appears complete or not at all."""
    part = file.with_name(file.name + ".part")
    write_jsonl(part, rows)
    os.replace(part, file)


def batch_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of all batches that are kept, in order."""
    for number in range(done_batches(folder)):
        yield from rows_of(batch_file(folder, number))
