"""What one pass over a run's rollouts finds: completions before and after, and the moments of doubt that came right."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from .log import ROLLOUTS, rows_of
from .record import Row, Run

# The words whose rise the paper shows (supplement of the Nature version, on reflective behaviour).
REFLECTION = re.compile(r"\b(?:wait|mistake|however|but|retry|error|verify|wrong|evaluate|check)\b", re.IGNORECASE)
PAIRS = {"wrong, then right": 4, "wrong both times": 2, "right, then wrong": 1, "right both times": 1}  # shown of each


class Aha(NamedTuple):
    """A right rollout and the place of the word that it doubted itself with."""

    rollout: Row
    start: int
    end: int


class Completions(NamedTuple):
    """Held-out rollouts of the main RL's first and last step, of the base model and the final one; ahas."""

    first: list[Row]
    last: list[Row]
    base: list[Row]
    final: list[Row]
    aha: Aha | None
    rows: list[Row]
    """For each RL stage, split and step the share of rollouts with an aha, to be drawn like rows of metrics."""


def is_right(rollout: Row) -> bool:
    """The first verdict is the one on the answer, as in the recipe's reward."""
    verdicts = list((rollout.get("verdicts") or {}).values())
    return bool(verdicts) and verdicts[0].get("score") == 1


def doubt(thinking: str) -> re.Match[str] | None:
    """The first word of reflection that something was said before, and something after.

    >>> doubt("Wait. 3 + 4 = 8, wait, 3 + 4 = 7").start()
    17
    """
    for word in REFLECTION.finditer(thinking):
        if len(re.findall(r"\w+", thinking[: word.start()])) >= 3 and re.search(r"\w", thinking[word.end() :]):
            return word
    return None


def aha(rollout: Row, summary: str) -> Aha | None:
    """The rollout's moment of doubt, if its answer is right in the end (DeepSeek-R1, section 2.2.4)."""
    if not is_right(rollout):
        return None
    text = str(rollout.get("completion", ""))
    end = text.rfind(summary)
    word = doubt(text[: max(end, 0)])
    return Aha(rollout, *word.span()) if word else None


def corrects(found: Aha) -> bool:
    """The answer is first written after the doubt, so that what was doubted was something else."""
    verdict: Any = next(iter(found.rollout["verdicts"].values()))
    answer, text = str(verdict.get("answer") or ""), str(found.rollout.get("completion", ""))
    return bool(answer) and answer in text[found.end :] and answer not in text[: found.start]


def read_completions(run: Run) -> Completions:
    """Read rollouts.jsonl once, a line at a time: it may be larger than memory."""
    kept: dict[str, list[Row]] = {"first": [], "last": []}
    mark = str(run.config.get("summary") or "</think>")
    stages = run.rl_stages
    best: tuple[tuple[Any, ...], Aha] | None = None
    counts: dict[tuple[str, str, int], list[int]] = {}
    for (stage, split, step), rollouts in _steps(run):
        rows = iter(rollouts)
        if split == "held_out" and stage == (run.main_stage or stage):
            own = list(rows)
            rows = iter(own)
            kept |= {"last": own} if kept["first"] else {"first": own}
        if stage not in stages or not isinstance(step, int):
            continue
        count = counts.setdefault((stage, split, step), [0, 0])
        for row in rows:
            if "helpful" in (row.get("verdicts") or {}):
                continue  # a general prompt has no right answer
            found = aha(row, mark)
            count[0] += found is not None
            count[1] += 1
            # The first by stage and step; of one step, one whose answer came after the doubt.
            if found and (best is None or (stages.index(stage), step) <= best[0][:2]):
                rank = (stages.index(stage), step, not corrects(found))
                best = (rank, found) if best is None or rank < best[0] else best
    shares = [
        {"stage": stage, "split": split, "step": step, "aha": found / of}
        for (stage, split, step), (found, of) in counts.items()
        if of
    ]
    kept |= {"base": measured(run, "0-base"), "final": measured(run, run.teacher())}
    return Completions(**kept, aha=best and best[1], rows=shares)


def measured(run: Run, model: str) -> list[Row]:
    """Each task's first completion in the evaluation of that checkpoint."""
    file = run.folder / "evaluation" / f"{model}.jsonl"
    found: dict[Any, Row] = {}
    for row in rows_of(file) if model and file.is_file() else iter(()):
        found.setdefault(row.get("task"), row)
    return list(found.values())


def _steps(run: Run) -> Iterator[tuple[tuple[str, str, Any], Iterator[Row]]]:
    file = run.folder / ROLLOUTS
    rows = rows_of(file) if file.is_file() else iter(())
    return groupby(rows, key=lambda row: (str(row.get("stage")), str(row.get("split")), row.get("step")))


def pairs(first: list[Row], last: list[Row]) -> dict[str, list[tuple[Row, Row]]]:
    """Each task's first completion before and after, by what became of its answer."""
    before = {row.get("task"): row for row in reversed(first)}
    after = {row.get("task"): row for row in reversed(last)}
    sorts: dict[str, list[tuple[Row, Row]]] = {name: [] for name in PAIRS}
    for task in sorted(before.keys() & after.keys(), key=str):
        old, new = before[task], after[task]
        if "helpful" in (new.get("verdicts") or {}):
            continue  # a general prompt is neither right nor wrong
        was, now = ("right" if is_right(rollout) else "wrong" for rollout in (old, new))
        sorts[f"{was} both times" if was == now else f"{was}, then {now}"].append((old, new))
    return sorts
