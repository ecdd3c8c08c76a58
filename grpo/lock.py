"""One process at a time in a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .config import RecipeError


@contextmanager
def held(folder: Path, what: str, use: str) -> Iterator[None]:
    """The folder for this process alone, until the block ends or the process does; RecipeError where another `what` is
    at work in it."""
    try:
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise RecipeError(f"{folder / 'lock'} cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecipeError(f"another {what} is at work in {folder}: let it end, or give {use}") from None
        yield
