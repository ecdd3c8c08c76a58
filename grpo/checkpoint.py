"""Checkpoints: everything a stage needs to go on as if it had never stopped.

Randomness needs no saving: each step draws from a seed of its own.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from pickle import UnpicklingError
from types import FrameType
from typing import Any

import torch
from torch.utils._pytree import tree_map

from .config import RecipeError
from .ranks import on_first_rank
from .shards import like, whole


class Interrupted(Exception):
    """The stage was asked to stop; it has saved a checkpoint."""


class Stop:
    """Whether somebody asked to stop."""

    asked = False


def save_checkpoint(folder: Path, step: int, **parts: Any) -> None:
    """Write the state of each part (model, optimiser, …) after `step`; a kill at any moment leaves a whole one."""
    state = {name: tree_map(whole, part.state_dict()) for name, part in parts.items() if part is not None}

    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        part_file = folder / "checkpoint.pt.part"
        with part_file.open("wb") as file:  # torch's own writer calls a full disk "unexpected pos"
            torch.save({"step": step, **state}, file)
        os.replace(part_file, folder / "checkpoint.pt")

    on_first_rank(write)


def load_checkpoint(folder: Path, **parts: Any) -> int:
    """Put the saved state into the parts; returns its step, 0 where none was saved. RecipeError where it is damaged."""
    file = folder / "checkpoint.pt"
    if not file.is_file():
        return 0
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        for name, part in parts.items():
            if part is not None:
                part.load_state_dict(like(part, state[name]))
        return int(state["step"])
    except (OSError, RuntimeError, UnpicklingError, EOFError, KeyError, ValueError) as error:
        raise RecipeError(f"{file} is damaged: delete it to begin this stage again") from error


@contextlib.contextmanager
def stop_requests() -> Iterator[Stop]:
    """Ctrl-C or SIGTERM asks to stop after the step at hand; a second one stops at once."""
    stop = Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
