"""Files of tasks, read a line at a time."""

from collections.abc import Iterator
from pathlib import Path

from .drafts import Refused
from .sources import NoSource, kind, nearest, opened, read_line

Task = dict[str, object]


def tasks(path: Path) -> Iterator[Task]:
    """Each line with an id; NoSource names the first that is no task, or that there is no such file."""
    if not path.is_file():
        raise NoSource(f"{path} is no file: {nearest(path)}")
    if kind(path) not in (".jsonl", ".ndjson"):
        raise NoSource(f"{path} is no task JSONL: python data/prepare.py makes one of a set as published")
    none = True
    with opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = read_line(line)
            if isinstance(row, Refused):
                raise NoSource(f"{path} line {number}: {row}")
            if not isinstance(row.get("question"), str):
                keys = sorted(row)
                raise NoSource(f"{path} line {number}: expected a question, found the keys {keys}: prepare it first")
            none = False
            yield {"id": str(row.get("id", f"{path.stem}-{number}")), **{k: row[k] for k in row if k != "id"}}
    if none:
        raise NoSource(f"{path} holds no tasks")
