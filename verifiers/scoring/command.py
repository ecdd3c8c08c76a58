"""`python -m verifiers score FILE.jsonl --verifier math`: every completion of a file with its score."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from ..pool import TIMEOUT_S
from ..registry import Unknown, find
from .columns import Columns
from .lines import Line, scored
from .record import Record, Refused
from .rows import STDIN, BadRow, Row, read_rows, size_of
from .tally import Tally

EPILOG = """examples:
  python -m verifiers score rollouts.jsonl --verifier math
  python -m verifiers score train.parquet --verifier accuracy --ground-truth-column reward_model.ground_truth
  python -m verifiers score mixed.jsonl --verifier-column kind --out scores.jsonl --workers 8
  python -m verifiers score - --verifier path/to/rewards.py:mine < rollouts.jsonl > scores.jsonl
The same command goes on with a run that was stopped. Rows that nobody could decide have the score null."""
Run = Callable[[str, Iterator[Row], int, Columns, argparse.Namespace], Generator[Line, None, None]]


def command(arguments: list[str]) -> int:
    """0 where every row is written and one at least is decided, 1 where the run stopped, 2 for a wrong call."""
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        print('score needs rich: pip install "r1-verifiers[score]"', file=sys.stderr)
        return 2
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    if not console.is_terminal:
        console = Console(stderr=True, width=100)
    # A module of the caller's own is found where the command is given.
    sys.path.insert(0, os.getcwd())
    try:
        columns = _columns(options)
        run = _run(options)
    except (Unknown, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    tally = Tally()
    try:
        _score(options, columns, run, tally, console)
    except BadRow as error:
        print(f"stopped: {error}", file=sys.stderr)
        _say_kept(options, tally)
        return 1
    except (Refused, ModuleNotFoundError) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # a full disk: what waited to be written is not there
        print(f"stopped: {error}", file=sys.stderr)
        if options.out != STDIN:
            print(f"the same command goes on from the last whole line of {options.out}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped by Ctrl-C", file=sys.stderr)
        _say_kept(options, tally)
        return 130
    if tally.rows and tally.rows == tally.undecided:
        print("not one row could be decided: see the notes in what was written", file=sys.stderr)
        return 1
    return 0


def _score(options: argparse.Namespace, columns: Columns, run: Run, tally: Tally, console: Any) -> None:
    out, start = options.out, time.monotonic()
    with nullcontext() if out == STDIN else Record(Path(out), _settings(options)) as record:
        rows, done = read_rows(options.file), 0
        with _Progress(console, size_of(options.file), tally) as progress:

            def told(written: dict[str, Any], row: Row) -> None:
                tally.add(written["verifier"], written)
                progress.show(row.position)

            if record is not None:
                done = record.done(rows, told)
                if done:
                    console.print(f"{done:,} rows are in {out} already", highlight=False, soft_wrap=True)
            with closing(run(options.file, rows, done, columns, options)) as lines:
                for line in lines:
                    if record is None:
                        sys.stdout.buffer.write(line.text)
                        sys.stdout.buffer.flush()
                    else:
                        record.add(line)
                    tally.add(line.verifier, line.verdict, line.seconds)
                    progress.show(line.position)
    new, seconds = tally.rows - done, time.monotonic() - start
    if tally.rows:
        console.print(tally.table())
    where = "" if record is None else f", all in {out}"
    console.print(
        f"{new:,} rows scored in {seconds:.1f} s ({new / seconds:,.0f}/s){where}", highlight=False, soft_wrap=True
    )


def _local(
    path: str, rows: Iterator[Row], done: int, columns: Columns, options: argparse.Namespace
) -> Generator[Line, None, None]:
    return scored(rows, columns, workers=options.workers, timeout=options.timeout)


def _run(options: argparse.Namespace) -> Run:
    if options.ray is None:
        return _local
    if options.file == STDIN:
        raise ValueError("--ray reads its file on every node, and standard input is none: write it to a file first")
    if importlib.util.find_spec("ray") is None:
        raise ValueError('--ray needs Ray: pip install "r1-verifiers[ray]"')
    from .cluster import on_ray

    return on_ray


def _columns(options: argparse.Namespace) -> Columns:
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"--workers {options.workers} is less than 1: leave it out for one a CPU core")
    if not options.timeout > 0:
        raise ValueError(f"--timeout {options.timeout:g} is not a number of seconds above 0")
    if options.file != STDIN and not Path(options.file).is_file():
        raise ValueError(f"there is no file {options.file}")
    if options.out is None:
        options.out = STDIN if options.file == STDIN else f"{options.file}.scores.jsonl"
    if options.out != STDIN and Path(options.out).resolve() == Path(options.file).resolve():
        raise ValueError(f"--out {options.out} is the file that is to be scored: name another")
    if options.out != STDIN and Path(options.out).exists() and not Path(options.out).is_file():
        raise ValueError(f"--out {options.out} is not a regular file: name one, or - for standard output")
    verifier = options.verifier
    if verifier is not None:
        if verifier.partition(":")[0].endswith(".py"):  # found from anywhere
            verifier = str(Path(verifier).resolve())
        find(verifier)
    return Columns(
        completion=options.completion_column,
        ground_truth=options.ground_truth_column,
        verifier=verifier,
        verifier_column=options.verifier_column,
        id=options.id_column,
    )


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What a line of output depends on."""
    names = ("verifier", "verifier_column", "completion_column", "ground_truth_column", "id_column", "timeout")
    try:
        version = importlib.metadata.version("r1-verifiers")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout
        version = "unknown"
    return {"r1-verifiers": version, **{name.replace("_", "-"): getattr(options, name) for name in names}}


def _say_kept(options: argparse.Namespace, tally: Tally) -> None:
    if options.out != STDIN and tally.rows:
        print(f"{tally.rows:,} rows are in {options.out}; the same command goes on from there", file=sys.stderr)


class _Progress:
    """A bar on standard error, where that is a terminal."""

    def __init__(self, console: Any, total: int | None, tally: Tally) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._tally = tally
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        # On a file nobody watches a bar, and a table of the end says it all.
        self._bar = Progress(
            *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("scoring", total=total)
        self._shown = 0.0

    def show(self, position: int) -> None:
        """How far it is, not more than ten times a second."""
        now = time.monotonic()
        if now - self._shown < 0.1:
            return
        self._shown = now
        said = f"{self._tally.rows:,} rows, {self._tally.undecided:,} undecided"
        self._bar.update(self._task, completed=position, description=said)

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m verifiers score",
        description="Score every completion of a file, JSONL or Parquet.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", help="JSONL, Parquet (.parquet), or - for JSONL on standard input")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--verifier", help="its name, module:function, or path/to/file.py:function")
    which.add_argument("--verifier-column", help="the column with the name of each row's verifier")
    parser.add_argument("--completion-column", default="completion", help="text, or a list of messages (completion)")
    parser.add_argument("--ground-truth-column", default="ground_truth", help="a.b for b inside a (ground_truth)")
    parser.add_argument("--id-column", help="copied into the output (id, where there is one)")
    parser.add_argument("--out", help="JSONL to be written, or - (FILE.scores.jsonl)")
    parser.add_argument("--workers", type=int, help="worker processes (one a CPU core)")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S, help=f"seconds a row ({TIMEOUT_S:g})")
    parser.add_argument(
        "--ray", nargs="?", const="local", metavar="ADDRESS", help="on a Ray cluster, or a Ray of its own"
    )
    return parser
