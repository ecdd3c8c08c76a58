"""A folder whose files are as they were written: its manifest says the size and SHA-256 of each."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .ranks import on_first_rank, on_ranks, own_share

MANIFEST = "manifest.json"


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Add the manifest, with this content and a hash of itself; all of the folder is on the disk when this returns."""
    paths = sorted(folder.iterdir())
    parts = on_ranks(lambda: {paths[i].name: mark_of(paths[i]) for i in own_share(len(paths))})
    whole = {**content, "files": {name: mark for part in parts for name, mark in part.items()}}
    text = json.dumps(whole | {"sha256": seal_of(whole)}, indent=1)

    def write() -> None:
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        sync(folder / MANIFEST)
        sync(folder)

    on_first_rank(write)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest's content; ValueError where it is not as it was written."""
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.pop("sha256", None) != seal_of(content):
        raise ValueError(f"{folder / MANIFEST} is not as it was written")
    return content


def fault_of(folder: Path) -> str | None:
    """What is wrong with the folder; None where nothing is."""
    return next(filter(None, on_ranks(lambda: own_fault_of(folder))), None)


def own_fault_of(folder: Path) -> str | None:
    """The same, of the files that this rank looks at."""
    try:
        files = read_manifest(folder)["files"]
    except FileNotFoundError:
        return f"it has no {MANIFEST}"
    except ValueError:
        return f"its {MANIFEST} is not as it was written"
    for name in [list(files)[i] for i in own_share(len(files))]:
        if not (folder / name).is_file():
            return f"{name} is missing"
        now, before = mark_of(folder / name), files[name]
        if now["bytes"] != before["bytes"]:
            return f"{name} has {now['bytes']:,} bytes in place of {before['bytes']:,}"
        if now != before:
            return f"{name} is not as it was written"
    return None


def mark_of(path: Path) -> dict[str, int | str]:
    """A file's size and hash."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def seal_of(content: Mapping[str, Any]) -> str:
    """The hash of a manifest's content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def sync(path: Path) -> None:
    """Return once this file, or the names in this folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
