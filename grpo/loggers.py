"""The record written on to TensorBoard, wandb or trackio: rows of metrics.jsonl in, and nothing that a run depends on.

A tool begins anew with all rows of the record when a run goes on, so that it has no step twice. wandb keeps the run's
id; offline (`WANDB_MODE=offline`) its folder is replaced. trackio's run is replaced where it is kept on this machine.
"""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from .config import RecipeError, flat

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NEEDS = {"tensorboard": "torch.utils.tensorboard", "wandb": "wandb", "trackio": "trackio"}
"""The module that each takes."""
PROJECT = "grpo"
"""What wandb and trackio file runs under, unless WANDB_PROJECT or TRACKIO_PROJECT says otherwise."""
PLACE = ("stage", "split", "step")


class Tool(Protocol):
    """Where rows go."""

    def write(self, prefix: str, step: int, numbers: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """One row; the prefix is its stage and split."""

    def close(self) -> None:
        """Nothing follows."""


@dataclass(frozen=True)
class TensorBoard:
    """Files in RUN/tensorboard."""

    writer: Any

    def write(self, prefix: str, step: int, numbers: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """See `Tool`."""
        for name, number in numbers.items():
            self.writer.add_scalar(f"{prefix}/{name}", number, step)
        for name, text in texts.items():
            self.writer.add_text(f"{prefix}/{name}", text, step)

    def close(self) -> None:
        """See `Tool`."""
        self.writer.close()


@dataclass(frozen=True)
class Wandb:
    """A run whose steps are each stage's own: wandb's may never go back, and a second stage begins at 1."""

    run: Any
    known: set[str] = field(default_factory=set)

    def write(self, prefix: str, step: int, numbers: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """See `Tool`."""
        if prefix not in self.known:
            self.known.add(prefix)
            self.run.define_metric(f"{prefix}/*", step_metric=f"{prefix}/step")
        row = {f"{prefix}/{name}": value for name, value in {**numbers, **texts}.items()}
        self.run.log({**row, f"{prefix}/step": step})

    def close(self) -> None:
        """See `Tool`."""
        self.run.finish()


@dataclass(frozen=True)
class Trackio:
    """A run on this machine, or where TRACKIO_SPACE_ID or TRACKIO_SERVER_URL say."""

    run: Any

    def write(self, prefix: str, step: int, numbers: Mapping[str, float], texts: Mapping[str, str]) -> None:
        """See `Tool`."""
        self.run.log({f"{prefix}/{name}": value for name, value in {**numbers, **texts}.items()}, step=step)

    def close(self) -> None:
        """See `Tool`."""
        import trackio

        trackio.finish()  # of this run: the one that was begun last


def open_tensorboard(run: Path) -> Tool:
    """With nothing written yet."""
    from torch.utils.tensorboard import SummaryWriter

    shutil.rmtree(run / "tensorboard", ignore_errors=True)
    return TensorBoard(SummaryWriter(run / "tensorboard", flush_secs=10))


def open_wandb(run: Path) -> Tool:
    """The run of this folder, whose rows so far are overwritten."""
    import wandb

    shutil.rmtree(run / "wandb", ignore_errors=True)
    project = os.environ.get("WANDB_PROJECT", PROJECT)
    return Wandb(wandb.init(project=project, name=run.name, id=id_of(run), dir=run, config=config_of(run)))


def open_trackio(run: Path) -> Tool:
    """The run of this folder, whose rows so far are deleted."""
    import trackio

    project, name = os.environ.get("TRACKIO_PROJECT", PROJECT), f"{run.name}-{id_of(run)}"
    with suppress(ValueError):  # a project that is not there yet
        for old in [old for old in trackio.Api().runs(project) if old.name == name]:
            old.delete()
    options = {"embed": False, "auto_log_cpu": False, "auto_log_gpu": False}
    return Trackio(trackio.init(project=project, name=name, config=config_of(run), **options))


OPEN: dict[str, Callable[[Path], Tool]] = {
    "tensorboard": open_tensorboard, "wandb": open_wandb, "trackio": open_trackio
}  # fmt: skip


def id_of(run: Path) -> str:
    """What tells this run from others of its name; it stays when the run goes on."""
    file = run / "logger_id"
    if not file.is_file():
        file.write_text(secrets.token_hex(4) + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def config_of(run: Path) -> dict[str, Any]:
    """The run's recipe as resolved, with dotted keys."""
    file = run / "config.toml"
    return flat(tomllib.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


class Mirror:
    """Writes rows on to the tool of that name, or nowhere. A tool that fails is left alone, after one sentence."""

    def __init__(self, name: str, run: Path, say: Callable[[str], None]) -> None:
        if name:
            try:
                import_module(NEEDS[name])
            except ImportError as error:
                raise RecipeError(
                    f"logger is {name!r}, which cannot be loaded ({error}): pip install 'r1-verifiers[{name}]', "
                    "or leave logger out"
                ) from error
        self._name, self._run, self._say = name, Path(run).absolute(), say
        self._tool: Tool | None = None

    @property
    def begun(self) -> bool:
        """Whether it has been given the record."""
        return self._tool is not None

    def restart(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Begin anew with these rows."""
        self.close()
        if self._name:
            self._try("begin", lambda: self._begin(rows))

    def write(self, row: Mapping[str, Any]) -> None:
        """One row more."""
        if self._tool:
            tool = self._tool
            self._try("write", lambda: tool.write(*parts_of(row)))

    def close(self) -> None:
        """Nothing follows, unless it begins anew."""
        if self._tool:
            tool, self._tool = self._tool, None
            self._try("close", tool.close)

    def _begin(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._tool = OPEN[self._name](self._run)
        for row in rows:
            self._tool.write(*parts_of(row))

    def _try(self, to: str, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # a network or a disk fails in any way, and a run goes on without
            self._say(
                f"warning: {self._name} could not {to} ({type(error).__name__}: {error}): the run goes on without it; "
                "metrics.jsonl has all rows, and when the run is resumed they are written on"
            )
            self._name, self._tool = "", None


def parts_of(row: Mapping[str, Any]) -> tuple[str, int, dict[str, float], dict[str, str]]:
    """The prefix of the row's tags, its step, its numbers and its texts; what has no value is left out.

    >>> parts_of({"stage": "rl", "split": "train", "step": 3, "reward": 0.5, "kl": None, "model": "base"})
    ('rl/train', 3, {'reward': 0.5}, {'model': 'base'})
    """
    rest = flat({key: value for key, value in row.items() if key not in PLACE and value is not None})
    numbers = {key: float(value) for key, value in rest.items() if isinstance(value, (int, float))}
    texts = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in rest.items()
        if key not in numbers and value is not None
    }
    return "/".join(str(row[key]) for key in ("stage", "split") if row.get(key)), row.get("step") or 0, numbers, texts
