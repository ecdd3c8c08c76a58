"""Completions sampled in batches and sifted: what is kept, what is rejected, and why."""

import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from verifiers import Judge, Verdict

from .batches import batch_rows, done_batches, save_batch, save_rows
from .checkpoint import Interrupted, Stop
from .config import RecipeError
from .engine import Engine, in_order, open_engine, require_room
from .files import write_whole
from .filters import ORDER, Faults, Readable, choose, first_fault, unreadable, wrong
from .generate import Rollout, completions_of
from .log import Log, stage_name
from .policy import Policy, require_positions
from .ranks import on_any_rank, on_first_rank, on_ranks, own_share
from .right import by_judge, by_rule, open_to_judge, refuse_silence
from .settings import Recipe, Rejection
from .tasks import Task, seed_of

REJECTED, COUNTS, BATCHES = "rejected.jsonl", "counts.json", "batches"
JUDGE_THREADS = 16
"""Questions to the judge at the same time."""

Rows = list[dict[str, Any]]


def line_of(task: Task, completion: str | None, faults: Faults, verdict: Verdict | None = None) -> dict[str, Any]:
    """A line of a batch or of rejected.jsonl."""
    line = {"id": task.id, "question": task.question, "completion": completion, "ground_truth": task.ground_truth}
    return line | {"faults": faults, "answer": None if verdict is None else verdict.answer}


@dataclass
class Tally:
    """What became of the completions so far."""

    sampled: int = 0
    kept: int = 0
    first: Counter[str] = field(default_factory=Counter)
    """Rejected ones by their first fault."""
    any: Counter[str] = field(default_factory=Counter)
    """The same by every fault they have."""
    of_task: Counter[str] = field(default_factory=Counter)
    """How many are kept of each question."""

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count these lines too."""
        for row in rows:
            good = not row["faults"]
            self.sampled += 1
            self.kept += good
            self.of_task[row["question"]] += good
            self.any.update(row["faults"].keys())
            self.first.update([] if good else [first_fault(row["faults"])])

    def numbers(self) -> dict[str, int]:
        """As in metrics.jsonl."""
        first = {f"rejected/{name}": self.first[name] for name in ORDER if self.first[name]}
        return {"sampled": self.sampled, "kept": self.kept, **first}

    def counts(self) -> dict[str, Any]:
        """As in counts.json."""
        histogram = Counter(self.of_task.values())
        return {
            "tasks": len(self.of_task),
            "sampled": self.sampled,
            "kept": self.kept,
            "rejected_by_first_fault": {name: self.first[name] for name in ORDER if self.first[name]},
            "rejected_by_any_fault": {name: self.any[name] for name in ORDER if self.any[name]},
            "tasks_by_number_kept": {str(number): histogram[number] for number in sorted(histogram)},
            "tasks_without_any_kept": [question for question, number in self.of_task.items() if not number],
        }


def sample_and_sift(
    policy: Policy,
    tasks: Sequence[Task],
    prompts: Sequence[list[int]],
    recipe: Recipe,
    settings: Rejection,
    out: Path,
    *,
    log: Log,
    stop: Stop,
    judge: Judge | None = None,
    ends: str = "",
    opened: str = "",
) -> Tally:
    """Sample every prompt and keep a line of each completion in `out`, a batch of tasks at a time.

    A batch depends on its number and the seed alone: one that was killed is done again, and comes out the same. Where
    `ends` is given, a completion stops before that text: base models go on with a question of their own. `opened` is
    the mark that the prompts have written already: what is kept begins with it all the same.
    """
    for task, ids in zip(tasks, prompts, strict=True):
        require_positions(policy, len(ids) + settings.max_new_tokens, f"task {task.id!r} with max_new_tokens")
    together = max(1, settings.rows // settings.samples)
    starts = range(0, len(tasks), together)
    name, done = stage_name(out), done_batches(out / BATCHES)
    log.stage(name, steps=len(starts), done=done)
    tally = Tally()
    tally.add(batch_rows(out / BATCHES))
    left = list(enumerate(starts))[done:]
    if not left:
        return tally
    with closing(open_engine(policy, settings.rows, recipe)) as engine:
        require_room(engine, prompts, settings.max_new_tokens)
        for number, start in left:
            began, cpu = time.perf_counter(), time.process_time()
            some, asked = tasks[start : start + together], prompts[start : start + together]
            found = on_ranks(own_rollouts, engine, asked, settings, seed_of(recipe.seed, name, number))
            rollouts = in_order(one for own in found for one in own.items())
            texts = completions_of(policy.tokenizer, rollouts)
            truncated = [r.truncated and not (ends and ends in text) for r, text in zip(rollouts, texts, strict=True)]
            texts = [text.partition(ends)[0].strip() for text in texts] if ends else texts
            texts = [opened + text for text in texts]
            rows = on_first_rank(sift, some, texts, truncated, recipe, settings, judge)  # one alone asks the judge
            tally.add(rows)
            seconds = time.perf_counter() - began
            log.metrics(
                {"stage": name, "split": "train", "step": number + 1}
                | tally.numbers()
                | {"tokens_per_s": sum(len(rollout.ids) for rollout in rollouts) / seconds}
                | {"wall_s": seconds, "cpu_s": time.process_time() - cpu}
            )
            # After its metrics: a resumed run forgets those of a missing batch.
            on_first_rank(save_batch, out / BATCHES, number, rows)
            if on_any_rank(stop.asked):
                raise Interrupted(f"{name}, batch {number + 1} of {len(starts)}")
    return tally


def own_rollouts(
    engine: Engine, prompts: Sequence[Sequence[int]], settings: Rejection, seed: int
) -> dict[int, Rollout]:
    """This rank's share of the rollouts, by place."""
    return dict(engine.sample(
        prompts, settings.samples, max_new_tokens=settings.max_new_tokens, temperature=settings.temperature,
        top_p=settings.top_p, seed=seed, places=own_share(len(prompts) * settings.samples),
    ))  # fmt: skip


def sift(
    tasks: Sequence[Task],
    texts: Sequence[str],
    truncated: Sequence[bool],
    recipe: Recipe,
    settings: Rejection,
    judge: Judge | None,
) -> Rows:
    """A line for each completion with its faults, task after task; those without any are kept."""
    marks = {"reasoning": recipe.reasoning, "summary": recipe.summary}
    wanted = Readable(
        **marks,
        language=recipe.language,
        consistency=settings.consistency,
        longest_paragraph=settings.longest_paragraph,
        code_blocks=settings.code_blocks,
    )
    judged: list[Verdict] = []

    def look(task: Task, text: str, cut: bool) -> tuple[Faults, Verdict | None]:
        faults = unreadable(text, task.ground_truth, wanted, truncated=cut)
        verdict = by_rule(text, task, **marks)
        if judge is not None and open_to_judge(task, verdict):
            if faults:
                return faults, None  # rejected as it is: a question to the judge less
            verdict = by_judge(text, task, judge, **marks)
            judged.append(verdict)
        return faults | wrong(verdict), verdict

    k = settings.samples
    every = [task for task in tasks for _ in range(k)]
    with ThreadPoolExecutor(JUDGE_THREADS if judge else os.cpu_count()) as threads:  # judges and programs take time
        looks = list(threads.map(look, every, texts, truncated))
    refuse_silence(judged)
    rows: Rows = []
    for number, task in enumerate(tasks):
        own = slice(number * k, (number + 1) * k)
        dice = random.Random(f"{recipe.seed} keep {task.question}")
        chosen = choose(texts[own], [faults for faults, _ in looks[own]], settings.keep, dice)
        verdicts = [verdict for _, verdict in looks[own]]
        rows += [line_of(task, *parts) for parts in zip(texts[own], chosen, verdicts, strict=True)]
    return rows


def finish(file: Path, source: str, tally: Tally, *, left_out: Rows, general: Rows, seed: int) -> Path:
    """Write rejected.jsonl, counts.json and then `file` from the batches beside it; RecipeError if nothing is kept."""
    out = file.parent
    columns = ("id", "question", "completion", "ground_truth")
    good = (row for row in batch_rows(out / BATCHES) if not row["faults"])
    kept = [{column: row[column] for column in columns} | {"source": source} for row in good]
    rejected = chain(left_out, (row for row in batch_rows(out / BATCHES) if row["faults"]))
    save_rows(out / REJECTED, rejected)
    counts = tally.counts() | {"tasks_left_out": len(left_out), "general": len(general)}
    write_whole(out / COUNTS, json.dumps(counts, indent=1))
    require_kept(tally, out)
    rows = kept + general
    random.Random(f"{seed} mix").shuffle(rows)
    save_rows(file, rows)
    shutil.rmtree(out / BATCHES, ignore_errors=True)
    return file


def require_kept(tally: Tally, out: Path) -> None:
    """RecipeError where nothing is kept."""
    if not tally.kept:
        why = ", ".join(f"{name} {number}" for name, number in tally.first.most_common())
        raise RecipeError(f"none of {tally.sampled} completions is kept ({why}): see {out / REJECTED}")
