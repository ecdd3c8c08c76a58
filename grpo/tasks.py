"""Tasks: JSONL lines of a question with its ground truth."""

import functools
import hashlib
import json
import random
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verifiers import Reason, RewardFn
from verifiers.accuracy import has_rule

from .config import RecipeError, nearest

MADE_BY = {
    "pass_rate": "; it is made by python -m grpo.evaluate MODEL --tasks FILE --samples 8 --out runs/difficulty, then "
    "python data/difficulty.py FILE --completions runs/difficulty/*/completions.jsonl --between 0 1 -o NEW_FILE"
}
"""How to make a column that is missing."""


@dataclass(frozen=True)
class Task:
    """One line of task JSONL."""

    id: str
    question: str
    ground_truth: Any
    columns: Mapping[str, float] = field(default_factory=dict)
    """Those that were asked for."""


def read_tasks(path: Path, columns: Sequence[str] = ()) -> list[Task]:
    """The lines of a file of tasks, with these columns of numbers; RecipeError names one that is none."""
    return [
        Task(
            str(row.get("id", f"{path.stem}-{line}")), row["question"], row["ground_truth"],
            {column: number_in(row, column, f"{path}, line {line}") for column in columns},
        )
        for line, row in read_jsonl(path, {"question": str, "ground_truth": object})
    ]  # fmt: skip


def number_in(row: Mapping[str, Any], column: str, where: str) -> float:
    """The number in that column; RecipeError says where there is none, and how a pass rate is made."""
    value = row.get(column)
    if not isinstance(value, bool) and isinstance(value, (int, float)) and abs(value) <= sys.float_info.max:
        return float(value)
    said = f"{column!r} must be a finite number, got {str(value)[:80]}"
    if column not in row:
        said = f"no column {column!r} in {sorted(row)}{nearest(column, list(row))}"
    raise RecipeError(f"{where}: {said}{MADE_BY.get(column, '')}")


def load_tasks(path: Path, reward: RewardFn, columns: Sequence[str] = ()) -> list[Task]:
    """Read task JSONL for that reward. RecipeError also names the task whose ground truth it cannot read."""
    tasks = read_tasks(path, columns)
    for task in tasks:
        for answer in (task.ground_truth, "unknown"):  # the same text may be accepted unread
            completion = f"<think>?</think><answer>{answer}</answer>"
            for name, verdict in reward(completion, task.ground_truth).verdicts.items():
                if verdict.reason in (Reason.BAD_GROUND_TRUTH, Reason.VERIFIER_FAILED):
                    what = "cannot read" if verdict.reason is Reason.BAD_GROUND_TRUTH else "fails on"
                    raise RecipeError(
                        f"{path}: task {task.id!r}: verifier {name!r} {what} its ground truth: {verdict.note}"
                    )
    return tasks


def load_general(path: Path) -> list[Task]:
    """Read prompts without a ground truth, as task JSONL whose ground truth is {"question": …} or missing."""
    tasks = []
    for line, row in read_jsonl(path, {"question": str}):
        truth = row.get("ground_truth") or {"question": row["question"]}
        own = isinstance(truth, dict) and isinstance(truth.get("question"), str)
        if not own or "answer" in truth or has_rule(truth):
            raise RecipeError(
                f"{path}, line {line}: a prompt without a ground truth has {{'question': …}} in its place, not "
                f"{str(truth)[:80]}: tasks with one belong into rl.tasks"
            )
        tasks.append(Task(str(row.get("id", f"{path.stem}-{line}")), row["question"], truth))
    return tasks


def refuse_trained(file: Path | str | None, measured: Iterable[Task], trained: Iterable[Task]) -> None:
    """RecipeError where a question of this file, to measure on, is trained on too."""
    both = {task.question for task in trained} & {task.question for task in measured}
    if both:
        raise RecipeError(
            f"{file} holds {len(both)} questions that are trained on, such as {min(both)!r}: leave them out"
        )


def read_jsonl(path: Path, columns: Mapping[str, type]) -> list[tuple[int, dict[str, Any]]]:
    """(line number, object) of each line that is not blank; raises RecipeError with what was expected where."""
    if not path.is_file():
        if path.is_dir():
            raise RecipeError(f"{str(path)!r} is a folder: name a JSONL file in it")
        beside = [str(other) for other in path.parent.glob("*.jsonl")]
        raise RecipeError(f"no file {str(path)!r}{nearest(str(path), beside)}")
    rows = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise RecipeError(f"{path}, line {number}: not UTF-8: {error.reason} at byte {error.start}") from error
            except json.JSONDecodeError as error:
                raise RecipeError(f"{path}, line {number}: not JSON: {error.msg} at character {error.pos}") from error
            except RecursionError as error:
                raise RecipeError(f"{path}, line {number}: JSON nested too deep to read") from error
            expected = "{" + ", ".join(columns) + "}"
            if not isinstance(row, dict):
                raise RecipeError(f"{path}, line {number}: expected an object {expected}, got {type(row).__name__}")
            for column, kind in columns.items():
                if column not in row:
                    near = nearest(column, list(row))
                    raise RecipeError(
                        f"{path}, line {number}: expected {expected}, got {sorted(row)}: no {column!r}{near}"
                    )
                if not isinstance(row[column], kind):
                    raise RecipeError(f"{path}, line {number}: {column!r} must be {kind.__name__}, got {row[column]!r}")
                if kind is str and not row[column].isascii() and re.search("[\ud800-\udfff]", row[column]):
                    raise RecipeError(
                        f"{path}, line {number}: {column!r} holds half a surrogate pair, which is no text"
                    )
            rows.append((number, row))
    if not rows:
        raise RecipeError(f"{path}: no lines: expected one {{{', '.join(columns)}}} a line")
    return rows


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line."""
    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def seed_of(*parts: object) -> int:
    """A seed of its own for each purpose and step, so that nothing random need be saved."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:7], "big")


def pick(count: int, size: int, step: int, seed: int) -> Sequence[int]:
    """Which of `count` things step `step` (from 0) takes: every one once an epoch, in an order of its own."""
    return draw(count, range(step * size, (step + 1) * size), seed)


def draw(count: int, places: range, seed: int) -> Sequence[int]:
    """The things at these places of an endless row of epochs, each with every one of `count` things once."""
    return [shuffled(count, place // count, seed)[place % count] for place in places]


@functools.lru_cache(maxsize=4)
def shuffled(count: int, epoch: int, seed: int) -> Sequence[int]:
    """The numbers below count in the order of that epoch."""
    return random.Random(f"{seed} {epoch}").sample(range(count), count)
