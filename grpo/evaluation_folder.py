"""What an evaluation has done already: one folder a model, written so that a kill at any moment loses no whole line."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from .config import RecipeError
from .log import rows_of
from .scores import Judged

ASKED, COMPLETIONS = "evaluation.json", "completions.jsonl"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What the system says about files in the folder, such as a full disk, as one sentence."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise RecipeError(
            f"{where}: {error.strerror or error}: what is done stays, the same command goes on"
        ) from error


def write_whole(file: Path, text: str) -> None:
    """The file with this text, or as it was."""
    part = file.with_name(f".{file.name}.part")
    with writing(file.parent):
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        os.replace(part, file)


def resume(folder: Path, asked: Mapping[str, Any]) -> dict[str, Judged]:
    """The tasks that the folder holds already; RecipeError where they were asked in another way."""
    file, completions = folder / ASKED, folder / COMPLETIONS
    before = read_asked(file) if file.is_file() else None
    if before is None and completions.is_file():
        raise RecipeError(f"{completions} lies there without {ASKED}: give another --out, or delete it")
    differ = [
        f"{key} {before.get(key)!r}, now {asked[key]!r}" for key in asked if before and before.get(key) != asked[key]
    ]
    if differ:
        raise RecipeError(f"{folder} holds an evaluation with {'; '.join(differ)}: give another --out, or delete it")
    if before is None:
        write_whole(file, json.dumps(asked, indent=1))
    if not completions.is_file():
        return {}
    with writing(folder), completions.open("rb+") as lines:
        lines.truncate(sum(len(line) for line in lines if line.endswith(b"\n")))  # a half-written end is no line
    return {task.task: task for task in map(judged_of, rows_of(completions))}


def read_asked(file: Path) -> dict[str, Any]:
    """What evaluation.json says; RecipeError where it is no JSON object."""
    try:
        asked = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise RecipeError(f"{file} is damaged: give another --out, or delete its folder")
    return asked


def judged_of(line: Mapping[str, Any]) -> Judged:
    """What a line of completions.jsonl says of its task."""
    try:
        return Judged(**{field.name: line[field.name] for field in fields(Judged)})
    except KeyError as error:
        raise RecipeError(f"a line of {COMPLETIONS} has no {error}: delete its folder, or give another --out") from None


def append(folder: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add lines to completions.jsonl."""
    with writing(folder), (folder / COMPLETIONS).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
