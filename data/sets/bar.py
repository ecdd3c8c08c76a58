"""How far it is, on standard error, where somebody sits before a terminal."""

import sys
from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

A = TypeVar("A")


def watched(things: Iterable[A], label: str, total: float | None = None) -> Iterable[A]:
    """The things again, one at a time, under a bar that goes away with the last."""
    console = Console(stderr=True)
    return track(things, label, total=total, console=console, transient=True, disable=not sys.stderr.isatty())
