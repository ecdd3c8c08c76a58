"""Files of tasks: whole or not there, each with a manifest beside it."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Lines:
    """JSON lines on their way into a file, hashed."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, row: Mapping[str, object]) -> None:
        """One more line."""
        line = json.dumps(row, ensure_ascii=False) + "\n"
        if not line.isascii() and re.search("[\ud800-\udfff]", line):  # half a surrogate pair in a column of the set
            line = json.dumps(row) + "\n"
        self._digest.update(line.encode())
        self._file.write(line)

    @property
    def sha256(self) -> str:
        """Of the lines so far."""
        return self._digest.hexdigest()


@contextmanager
def written(path: Path) -> Iterator[Lines]:
    """A file that appears under its name once all of it is there; nothing is left of one that is broken off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            yield Lines(file)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def manifest_of(path: Path) -> Path:
    """Where the manifest of a file of tasks is: gsm8k_test.jsonl → gsm8k_test.meta.json."""
    return path.with_name(path.name.removesuffix(".jsonl") + ".meta.json")


def write_manifest(path: Path, about: Mapping[str, object]) -> None:
    """What the file of tasks is made of, as JSON beside it."""
    beside = manifest_of(path).with_name(f".{manifest_of(path).name}.new")
    beside.write_text(json.dumps(about, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    os.replace(beside, manifest_of(path))


def read_manifest(path: Path) -> dict[str, object]:
    """The manifest of a file of tasks; empty where it has none."""
    try:
        found = json.loads(manifest_of(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
