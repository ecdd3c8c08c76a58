"""Files that are there whole or not at all, at whatever moment the process is killed."""

import os
from pathlib import Path


def write_whole(file: Path, text: str) -> None:
    """The file with this text, or as it was."""
    part = file.with_name(file.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, file)
