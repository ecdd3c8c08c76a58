"""The record of a run: numbers to metrics.jsonl, completions to rollouts.jsonl, the latest of them on screen."""

import json
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn
from rich.table import Table

from .config import RecipeError
from .loggers import Mirror
from .ranks import is_first

METRICS, ROLLOUTS = "metrics.jsonl", "rollouts.jsonl"
PLAIN_EVERY_S = 10.0  # without a terminal, train rows are printed no more often than this

# What is shown, in this order and under the names of metrics.jsonl; "score/" stands for every score.
SHOWN = {
    "reward": ".3f", "accuracy": ".1%", "pass_at_k": ".1%", "cons_at_k": ".1%", "score/": ".3f",
    "completion_tokens": ".1f", "reflections": ".2f", "entropy": ".3f", "kl": ".4f", "kl_reward": ".4f",
    "clip_fraction": ".1%", "correction": ".3f", "cap_fraction": ".1%",
    "silent_groups": ".1%", "truncated": ".1%", "undecided": ".0f", "sampled": ".0f", "kept": ".0f", "loss": ".4f",
    "margin": ".3f", "ece": ".3f", "lr": ".1e", "grad_norm": ".2f", "tokens_per_s": ".0f", "memory_gb": ".2f",
}  # fmt: skip

Row = Mapping[str, Any]


def finite(value: Any) -> Any:
    """The value with NaN and infinities as None, which JSON can write."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def rows_of(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSONL file, one at a time. An end that a killed process half wrote is no row."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                row = None
            if isinstance(row, dict):
                yield row
            elif line.endswith("\n"):
                raise RecipeError(f"{file} line {number} is not a JSON object: mend or delete that line")


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """Every row of the run's metrics.jsonl, in the order it was written."""
    return list(rows_of(Path(run) / METRICS))


def _rewrite(file: Path, stage: str | None, step: int) -> int:
    """Drop a half-written end and what `stage` wrote after `step`, all at once or not at all; how many rows it was."""
    dropped = 0
    beside = file.with_name(f".{file.name}.new")
    with beside.open("w", encoding="utf-8") as kept:
        for row in rows_of(file):
            if row.get("stage") != stage or (row.get("step") or 0) <= step:
                kept.write(json.dumps(row) + "\n")
            else:
                dropped += 1
        kept.flush()
        os.fsync(kept.fileno())
    os.replace(beside, file)
    return dropped


def rewind(run: Path, stage: str, step: int) -> bool:
    """Forget what `stage` recorded after `step`, so that a resumed record equals an unbroken one; whether it did."""
    files = [file for file in (Path(run) / METRICS, Path(run) / ROLLOUTS) if file.is_file()]
    return sum(_rewrite(file, stage, step) for file in files) > 0


def _append_to(file: Path) -> IO[str]:
    """Open for appending after the last whole line; on all ranks but the first what is written goes nowhere."""
    if not is_first():
        return open(os.devnull, "a", encoding="utf-8")
    if file.is_file() and file.stat().st_size:
        with file.open("rb") as old:
            old.seek(-1, os.SEEK_END)
            whole = old.read() == b"\n"
        if not whole:
            _rewrite(file, None, 0)
    return file.open("a", encoding="utf-8")


def _text(name: str, row: Row) -> str:
    value = row.get(name)
    known = isinstance(value, (int, float)) and math.isfinite(value)
    return format(value, SHOWN["score/" if name.startswith("score/") else name]) if known else ""


def latest(*rows: Row) -> list[list[str]]:
    """One line a name that any of the rows has a number for: the name, then its text in each row."""
    seen = sorted({key for row in rows for key in row})
    names = [key for name in SHOWN for key in seen if key == name or (name == "score/" and key.startswith(name))]
    lines = [[name, *(_text(name, row) for row in rows)] for name in names]
    return [line for line in lines if any(line[1:])]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


class Log:
    """The two open files and what is on screen; made by open_log."""

    def __init__(self, run: Path, quiet: bool, logger: str) -> None:
        self._run, self._quiet = run, quiet or not is_first()
        self._mirror = Mirror(logger if is_first() else "", run, self.say)
        self._metrics, self._rollouts = _append_to(run / METRICS), _append_to(run / ROLLOUTS)
        self._name, self._steps, self._from, self._began = "", 0, 0, 0.0
        self._train: list[dict[str, Any]] = []
        self._held: list[Row] = []
        self._printed = -math.inf
        self._bars: dict[str, TaskID] = {}
        console = Console()
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        # A step may take minutes, and the time left wants two of them.
        self._progress = Progress(*columns, TextColumn("left"), TimeLeftColumn(), speed_estimate_period=7200)
        # The caller's `with` starts it; without a terminal it never starts.
        self._live = Live(get_renderable=self._screen, console=console, refresh_per_second=2)
        self._terminal = console.is_terminal and not self._quiet

    def stage(self, name: str, *, steps: int, done: int = 0) -> None:
        """Begin a stage of so many steps, forgetting what it recorded beyond those that a resumed run has done."""
        self._metrics.close()
        self._rollouts.close()
        cut = is_first() and rewind(self._run, name, done or -1)
        self._metrics, self._rollouts = _append_to(self._run / METRICS), _append_to(self._run / ROLLOUTS)
        self._name, self._steps, self._from, self._began = name, steps, done, time.monotonic()
        self._printed = -math.inf
        rows = read_metrics(self._run) if (self._run / METRICS).is_file() else []  # other ranks may come first
        if cut or not self._mirror.begun:
            self._mirror.restart(rows)
        own = [row for row in rows if row.get("stage") == name and (row.get("step") or 0) <= (done or -1)]
        self._train = [row for row in own if row.get("split") == "train"]
        self._held = [row for row in own if row.get("split") == "held_out"]
        if name in self._bars:
            self._progress.update(self._bars[name], total=steps, completed=done)
        else:
            self._bars[name] = self._progress.add_task(name, total=steps, completed=done)
        if not self._terminal:
            self.say(f"{name}: {steps} steps" + (f", {done} of them done" if done else ""))

    def metrics(self, row: Row) -> None:
        """Record one row of numbers, and show it."""
        row = finite(row)
        self._metrics.write(json.dumps(row) + "\n")
        self._metrics.flush()
        self._mirror.write(row)
        step, train = row.get("step") or 0, row.get("split") == "train"
        if train:
            self._train.append(dict(row))
            if row.get("stage") in self._bars:
                self._progress.update(self._bars[row["stage"]], completed=step)
        else:
            self._held.append(row)
        due = not train or step >= self._steps or time.monotonic() - self._printed >= PLAIN_EVERY_S
        if not self._terminal and due:
            self._printed = time.monotonic() if train else self._printed
            numbers = "  ".join(f"{name} {text}" for name, text in latest(row))
            self.say(f"{row.get('stage')} {row.get('split')} {step}/{self._steps}{self._left(step)}  {numbers}")

    def train(self) -> list[dict[str, Any]]:
        """The rows of the stage's steps so far, also from before it was stopped and went on."""
        return list(self._train)

    def held_out(self) -> list[Row]:
        """What it has measured on held-out tasks so far, the same."""
        return list(self._held)

    def rollouts(self, rows: Iterable[Row]) -> None:
        """Record completions with their verdicts."""
        self._rollouts.writelines(json.dumps(finite(row)) + "\n" for row in rows)
        self._rollouts.flush()

    def say(self, sentence: str) -> None:
        """Print a line, above the live display where there is one."""
        if self._terminal:
            self._live.console.print(sentence, markup=False, highlight=False, emoji=False)
        elif not self._quiet:
            print(sentence, flush=True)

    def _left(self, step: int) -> str:
        new = step - self._from
        seconds = (time.monotonic() - self._began) / new * (self._steps - step) if new > 0 else 0.0
        return f" ({_clock(seconds)} left)" if seconds > 0 else ""

    def _screen(self) -> Group:
        """Bars, and beside the latest train row the first and the last held-out one."""
        rows = [row for row in [*self._train[-1:], *self._held[:1], *self._held[1:][-1:]] if row]
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column(self._name, style="cyan")
        for row in rows:
            table.add_column(f"{row.get('split')}, step {row.get('step')}", justify="right")
        for line in latest(*rows):
            table.add_row(*line)
        return Group(self._progress, table) if rows else Group(self._progress)


@contextmanager
def open_log(run: Path, quiet: bool = False, logger: str = "") -> Iterator[Log]:
    """Append to the run's record until the block ends; a terminal is left as it was, whatever ends it.

    The rows of metrics.jsonl go to `logger` too; RecipeError where that cannot be loaded.
    """
    run = Path(run)
    run.mkdir(parents=True, exist_ok=True)
    log = Log(run, quiet, logger)
    try:
        with log._live if log._terminal else nullcontext():
            yield log
    finally:
        log._metrics.close()
        log._rollouts.close()
        log._mirror.close()


def stage_name(out: Path) -> str:
    """What the rows of a stage's folder are called: its name without the number.

    >>> stage_name(Path("runs/mine/2-reasoning-rl"))
    'reasoning-rl'
    """
    return out.name.partition("-")[2] or out.name
