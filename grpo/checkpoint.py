"""Checkpoints: everything a stage needs to go on as if it had never stopped.

    OUT/checkpoints/000050/     after step 50, as torch.distributed.checkpoint writes it: a file a rank, and .metadata
        manifest.json           the step, what it holds, and the SHA-256 of each file

A folder is there whole or not at all, at whatever moment the process dies: it is written under a name with a dot, and
renamed once all of it is on the disk. The newest is loaded if its hashes agree, else none is.

Randomness needs no saving: each step draws from a seed of its own, and nothing from the global state of torch, numpy or
Python. The number of threads is part of what must stay the same, and that of ranks: with another, sums are taken in
another order, and a resumed run is the unbroken one but for the last digits. Loading says so.

Every rank calls these functions, on a file system that all of them see. Reading .metadata unpickles it: a checkpoint
from elsewhere is a program from elsewhere.
"""

import contextlib
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.filesystem import FileSystem, FileSystemReader, FileSystemWriter
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from .config import RecipeError
from .manifest import fault_of, read_manifest, sync, write_manifest
from .ranks import on_first_rank, world

CHECKPOINTS = "checkpoints"
GOOD = "good"
"""Where in a stage's folder the last model is that had not given up accuracy."""
ONE_FILE = "checkpoint.pt"
"""What earlier versions wrote."""

Extra = Mapping[str, int | float | str]


class Interrupted(Exception):
    """The stage was asked to stop; it has saved a checkpoint."""


class Stop:
    """Whether somebody asked to stop."""

    asked = False


def save_checkpoint(
    folder: Path,
    step: int,
    *,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    reference: torch.nn.Module | None = None,
    keep_last: int = 2,
    extra: Extra | None = None,
) -> None:
    """Write the state after `step`; then delete all but the `keep_last` latest. Those of later steps go first.

    `extra` is what else the loop needs to go on, where it is no function of seed and step. The disk must have room for
    keep_last + 1 of them: OSError where it has not, and those that were there stay.
    """
    root = folder / CHECKPOINTS
    part, final = root / f".{step:06}.part", root / f"{step:06}"
    if optimizer and not optimizer.state:
        optimizer = None  # no step yet: asking for its state would make some
    state = state_of(model, optimizer, reference)
    content = {"step": step, "holds": [*state], "extra": dict(extra or {}), "made_with": surroundings()}

    def begin() -> None:
        root.mkdir(parents=True, exist_ok=True)
        for left in root.glob(".*"):  # by a process that was killed
            shutil.rmtree(left)
        for again in steps_in(root):
            if again >= step:
                remove(root, again)
        part.mkdir()

    def end() -> None:
        os.replace(part, final)
        sync(root)
        for old in sorted(steps_in(root))[:-keep_last]:
            remove(root, old)

    try:
        on_first_rank(begin)
        writer = FileSystemWriter(part)
        writer.fs = Files()
        with plain_errors():
            save(state, storage_writer=writer, no_dist=not dist.is_initialized())
        write_manifest(part, content)
        on_first_rank(end)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)  # its room is needed
        raise


def load_checkpoint(
    folder: Path,
    *,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    reference: torch.nn.Module | None = None,
    say: Callable[[str], None] = print,
) -> tuple[int, dict[str, int | float | str]]:
    """Put the newest saved state into these, whatever the number of ranks that wrote it: its step and its `extra`.

    Step 0 where there is none. RecipeError where it is damaged, or does not fit the model.
    """
    path = newest(folder)
    if not path:
        return 0, {}
    manifest, now = read_manifest(path), surroundings()
    before = manifest["made_with"]
    differ = [f"{key} {before[key]}, now {now[key]}" for key in now if before[key] != now[key]]
    if differ:
        say(f"{path} was written with {'; '.join(differ)}: from here on numbers may differ in their last digits")
    state = state_of(model, optimizer if "optimizer" in manifest["holds"] else None, reference)
    reader = FileSystemReader(path)
    saved = reader.read_metadata().state_dict_metadata
    if "optimizer" in state:  # what has had no gradient yet has no state
        state["optimizer"]["state"] = {
            name: values
            for name, values in state["optimizer"]["state"].items()
            if any(f"optimizer.state.{name}.{key}" in saved for key in values)
        }
    more = {name for name in saved if name.startswith("model.")} - {f"model.{name}" for name in state["model"]}
    try:
        if more:
            raise ValueError(f"it holds {min(more)}")
        with plain_errors():
            load(state, storage_reader=reader, no_dist=not dist.is_initialized())
    except (RuntimeError, ValueError) as error:
        raise RecipeError(f"{path} does not fit the model ({error}): delete {path.parent} to begin again") from error
    for module, name in ((model, "model"), (reference, "reference")):
        if module is not None:
            set_model_state_dict(module, state[name], options=StateDictOptions(strict=False))
    if optimizer and "optimizer" in state:
        set_optimizer_state_dict(model, optimizer, state["optimizer"], options=StateDictOptions(strict=False))
    return manifest["step"], manifest["extra"]


def load_good(out: Path, *, model: torch.nn.Module, say: Callable[[str], None] = print) -> int:
    """Put the last model of the stage in `out` that had not given up accuracy into this one: its step.

    RecipeError where that is gone or damaged, for then this one is not it.
    """
    root = out / GOOD / CHECKPOINTS
    steps, left = on_first_rank(lambda: (steps_in(root), steps_in(out / CHECKPOINTS)))
    path = root / f"{max(steps, default=0):06}"
    fault = fault_of(path) if steps else "it is gone"
    if fault:
        what = f"{path} is damaged: {fault}" if steps else f"{root}: {fault}"
        again = f"delete {out}, and the same command runs this stage again"
        if left:  # a checkpoint of the stage itself, from which it comes to the same end
            again = f"put a copy back, and the same command goes on from step {max(left)}; or {again}"
        said = f"accuracy was given up, and the model from before cannot be had ({what}); nothing is saved as final"
        raise RecipeError(f"{said}: {again}")
    return load_checkpoint(out / GOOD, model=model, say=say)[0]


def newest(folder: Path) -> Path | None:
    """The newest checkpoint, None where there is none; RecipeError where it is damaged, which offers the one before."""
    root = folder / CHECKPOINTS
    steps = on_first_rank(lambda: sorted(steps_in(root), reverse=True))
    if not steps and (folder / ONE_FILE).is_file():
        raise RecipeError(
            f"{folder / ONE_FILE} is of an earlier version: go on with that version, or delete it to begin this stage "
            "again"
        )
    damaged: dict[Path, str] = {}
    for step in steps:
        path = root / f"{step:06}"
        fault = fault_of(path)
        if not fault:
            break
        damaged[path] = fault
    if not damaged:
        return path if steps else None
    go_on = "begins this stage again" if len(damaged) == len(steps) else f"goes on from step {step}"
    names = " and ".join(map(str, damaged))
    path, fault = next(iter(damaged.items()))
    raise RecipeError(f"checkpoint {path} is damaged ({fault}): delete {names}, and the same command {go_on}")


def state_of(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer | None, reference: torch.nn.Module | None
) -> dict[str, Any]:
    """The state of each part, by the names of the plain model whatever it is wrapped in. No copy: loading fills it."""
    state: dict[str, Any] = {"model": weights_of(model)}
    if optimizer:
        state["optimizer"] = get_optimizer_state_dict(model, optimizer)
    if reference is not None:
        state["reference"] = weights_of(reference)
    return state


def weights_of(model: torch.nn.Module) -> dict[str, Any]:
    """Parameters and buffers by name, a shared one once; where there are adapters (peft), not the frozen base."""
    state: dict[str, Any] = get_model_state_dict(model)
    once = dict(model.named_parameters())
    for name, parameter in model.named_parameters(remove_duplicate=False):
        adapter = "lora_" in name or "modules_to_save" in name  # may be frozen and not be the base's: a reference
        base = hasattr(model, "peft_config") and not parameter.requires_grad and not adapter
        if base or name not in once:
            state.pop(name.removeprefix("module."), None)  # the prefix is DistributedDataParallel's
    return state


def remove(root: Path, step: int) -> None:
    """Delete a checkpoint: renamed first, for what is half deleted must not be found."""
    gone = root / f".{step:06}.old"
    os.replace(root / f"{step:06}", gone)
    shutil.rmtree(gone)


def surroundings() -> dict[str, int | str]:
    """What the last digits hang on, beside the recipe."""
    return {"torch": torch.__version__, "threads": torch.get_num_threads(), "ranks": world()}


def steps_in(root: Path) -> list[int]:
    """The steps that there are checkpoints of, in any order."""
    return [int(path.name) for path in root.glob("[0-9]*")]


class Files(FileSystem):
    """Files as they are, and a full disk as the OSError that it is: torch.save calls it "unexpected pos"."""

    @contextlib.contextmanager
    def create_stream(self, path: str | os.PathLike, mode: str) -> Iterator[Any]:
        """An open file."""
        with super().create_stream(path, mode) as stream:
            try:
                yield stream
            except RuntimeError as error:
                if isinstance(error.__context__, OSError):
                    raise error.__context__ from None
                raise


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """The errors of torch.distributed.checkpoint as they were raised, and no warning that there is one process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled, unavailable or uninitialized")
        try:
            yield
        except CheckpointException as error:
            raise next(iter(error.failures.values()))[0] from None


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
