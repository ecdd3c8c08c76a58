"""A model is found by its name and put on a device, or one sentence says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers.utils import logging

from .config import RecipeError, nearest


def quiet_transformers() -> None:
    """Have transformers say its errors only, and draw no bars of its own."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def require_model(name: str) -> None:
    """Raise RecipeError if the name is that of a folder and the folder holds no model."""
    folder = Path(name)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise RecipeError(f"model folder {name!r} has no config.json")
    elif name.count("/") != 1 or name.startswith((".", "/", "~")) or folder.parent.is_dir():
        beside = [str(path) for path in folder.parent.glob("*") if path.is_dir()]
        raise RecipeError(
            f"model {name!r} is neither a folder here nor a hub name like 'owner/model'{nearest(name, beside)}"
        )


def pick_device(device: str) -> torch.device:
    """The device of that name; auto is the accelerator where there is one."""
    if device == "auto":
        return torch.accelerator.current_accelerator() or torch.device("cpu")
    try:
        return torch.zeros(1, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise RecipeError(f"device {device!r} is not to be had here: {first_line(error)}") from error


@contextmanager
def plain_errors(name: str) -> Iterator[None]:
    """What transformers raises about a model's files, as one sentence."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise RecipeError(f"model {name!r} could not be loaded: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
