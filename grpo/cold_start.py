"""Cold-start data: the long and readable chains of thought that R1 begins with."""

import hashlib
import heapq
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from verifiers import verify_format, verify_summary_format

from .batches import save_rows
from .checkpoint import Interrupted, Stop
from .config import RecipeError, nearest
from .files import write_whole
from .filters import Faults, Readable, same_text, unreadable, wrong
from .log import Log, rows_of, stage_name
from .policy import load_policy
from .prompts import begun, encode
from .ranks import on_first_rank
from .right import by_rule, open_to_judge, why_no_rule
from .settings import ColdStart, Recipe, Rejection
from .sifting import COUNTS, REJECTED, Rows, Tally, finish, line_of, require_kept, sample_and_sift
from .tasks import Task, read_jsonl, read_tasks

DATA = "cold_start.jsonl"
LOOK_EVERY = 256
"""Rollouts after which it is looked whether to stop."""
NEXT_QUESTION = "\nQuestion:"
FEW_SHOT = (
    "Every question below is answered in two parts. After {reasoning} stands detailed reasoning: step by step, with "
    "reflection on what may be wrong, and with a verification of the result before it is given. After {summary} stands "
    "a short summary with the answer.\n"
)
"""What the paper asks of the model: "detailed answers with reflection and verification"."""


def cold_start_data(recipe: Recipe, settings: ColdStart, model: str, out: Path, *, log: Log, stop: Stop) -> Path:
    """Gather {question, completion} lines that parse and are right (DeepSeek-R1, section 2.3.1); returns their file.

    A bad line in a file is an error; completions that a model wrote are filtered, and those rejected are written too.
    """
    if (out / DATA).is_file():
        return out / DATA
    check_cold_start(settings)
    tasks = tasks_once(settings)
    if settings.source == "few_shot":
        return few_shot(recipe, settings, settings.model or model, tasks, out, log=log, stop=stop)
    return on_first_rank(gather, recipe, settings, tasks, out, log=log, stop=stop)


def gather(recipe: Recipe, settings: ColdStart, tasks: Sequence[Task], out: Path, *, log: Log, stop: Stop) -> Path:
    """Read the lines of a file, or the rollouts of R1-Zero; returns the file of those that are right."""
    out.mkdir(parents=True, exist_ok=True)
    name, began, cpu = stage_name(out), time.perf_counter(), time.process_time()
    log.stage(name, steps=1)
    tally = Tally()
    if settings.source == "r1_zero":
        rows = from_r1_zero(recipe, settings, tasks, out, tally, stop=stop)
    else:
        rows = from_file(recipe, Path(settings.data), tasks, tally)
    spent = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
    log.metrics({"stage": name, "split": "train", "step": 1} | tally.numbers() | spent)
    save_rows(out / DATA, rows)
    return out / DATA


def check_cold_start(settings: ColdStart) -> None:
    """RecipeError where the settings cannot be."""
    where = "cold_start_data"
    if not settings.data:
        what = "a run's rollouts.jsonl" if settings.source == "r1_zero" else "a JSONL file of {question, completion}"
        raise RecipeError(f"{where}.data is empty: name {what}")
    if settings.source != "file" and not settings.tasks:
        raise RecipeError(f"{where}.tasks is empty: {settings.source} needs the tasks with their ground truths")
    for name in ("examples", "samples", "max_new_tokens", "rows"):
        if getattr(settings, name) < 1:
            raise RecipeError(f"{where}.{name} is {getattr(settings, name)}: it must be 1 or more")
    if not settings.temperature > 0:
        raise RecipeError(f"{where}.temperature is {settings.temperature}: samples must differ, so use more than 0")


def tasks_once(settings: ColdStart) -> list[Task]:
    """The tasks, each question once; none where none are named."""
    tasks: dict[str, Task] = {}
    for task in read_tasks(Path(settings.tasks)) if settings.tasks else []:
        tasks.setdefault(task.question, task)
    return list(tasks.values())


def from_file(recipe: Recipe, path: Path, tasks: Sequence[Task], tally: Tally) -> Rows:
    """The samples of a file, each once; RecipeError names the first line that does not parse or is wrong."""
    marks = {"reasoning": recipe.reasoning, "summary": recipe.summary}
    by_question = {task.question: task for task in tasks}
    seen: set[tuple[str, str]] = set()
    rows: Rows = []
    for line, row in read_jsonl(path, {"question": str, "completion": str}):
        question, completion = row["question"], row["completion"]
        form = verify_summary_format(completion, reasoning=recipe.reasoning, summary=recipe.summary)
        if not form.correct:
            raise RecipeError(f"{path}, line {line}: not {recipe.reasoning}…{recipe.summary}…: {form.note}")
        task = by_question.get(question)
        verdict = None if task is None else by_rule(completion, task, **marks)
        if task is not None and verdict is not None and verdict.score == 0 and not open_to_judge(task, verdict):
            said = f"the answer {verdict.answer!r} is not right" if verdict.answer else "no answer is given"
            raise RecipeError(f"{path}, line {line}: {said}: {verdict.note}")
        if task is not None and verdict is not None and verdict.score is None:
            why_no_rule(task, f"{path}, line {line}")  # an error where a rule was meant
        again = (question, same_text(completion)) in seen
        seen.add((question, same_text(completion)))
        tally.add([{"question": question, "faults": {"duplicate": ""} if again else {}}])
        if not again:
            rows.append({"question": question, "completion": completion, "source": "file"})
    return rows


def few_shot(
    recipe: Recipe, settings: ColdStart, model: str, tasks: Sequence[Task], out: Path, *, log: Log, stop: Stop
) -> Path:
    """Prompt a model with worked examples and keep what of its completions is right and readable."""
    examples = from_file(recipe, Path(settings.data), tasks, Tally())
    why = {task.question: why_no_rule(task, settings.tasks) for task in tasks}
    left_out = [line_of(task, None, {"no_rule": why[task.question]}) for task in tasks if why[task.question]]
    tasks = [task for task in tasks if not why[task.question]]
    if not tasks:
        raise RecipeError(f"{settings.tasks}: no rule reads any of its ground truths, so nothing could be checked")
    policy = load_policy(model, device=recipe.device, bfloat16=recipe.precision == "bfloat16")
    texts = [few_shot_prompt(task.question, examples, recipe, settings.examples) for task in tasks]
    prompts = encode(policy, texts, template="question")
    sampling = Rejection(
        samples=settings.samples,
        keep=settings.samples,
        temperature=settings.temperature,
        max_new_tokens=settings.max_new_tokens,
        rows=settings.rows,
    )
    tally = sample_and_sift(policy, tasks, prompts, recipe, sampling, out, log=log, stop=stop, ends=NEXT_QUESTION)
    return on_first_rank(finish, out / DATA, "few_shot", tally, left_out=left_out, general=[], seed=recipe.seed)


def few_shot_prompt(question: str, examples: Rows, recipe: Recipe, count: int) -> str:
    """So many worked examples, drawn by lot for each question and never its own, then the question, as plain text."""
    others = [row for row in examples if row["question"] != question]
    chosen = random.Random(f"{recipe.seed} examples {question}").sample(others, min(count, len(others)))
    shown = [f"{NEXT_QUESTION} {row['question']}\nSolution: {row['completion']}\n" for row in chosen]
    told = FEW_SHOT.format(reasoning=recipe.reasoning, summary=recipe.summary)
    return f"{told}{''.join(shown)}{NEXT_QUESTION} {question}\nSolution:"


def from_r1_zero(
    recipe: Recipe, settings: ColdStart, tasks: Sequence[Task], out: Path, tally: Tally, *, stop: Stop
) -> Rows:
    """The right and readable rollouts of an R1-Zero run, rewritten; at most `samples` of a task.

    Which ones is drawn by lot, the lot being a hash: what cannot be among them any more is not looked at.
    """
    path = Path(settings.data)
    by_id = {task.id: task for task in tasks}
    wanted = Readable(reasoning=recipe.reasoning, summary=recipe.summary, language=recipe.language)
    drawn: dict[str, list[tuple[int, str]]] = {task.question: [] for task in tasks}
    """The highest lots of each task with their completions; the lowest of them comes first."""
    known = False
    part = out / f"{REJECTED}.part"
    with part.open("w", encoding="utf-8") as rejected:
        for number, row in enumerate(read_rollouts(path), start=1):
            if number % LOOK_EVERY == 0 and stop.asked:
                raise Interrupted(f"{stage_name(out)}, rollout {number}")
            task = by_id.get(str(row["task"]))
            if task is None or row.get("split") == "held_out":  # not to be trained on
                continue
            if task.question.strip() not in str(row.get("prompt", task.question)):
                raise RecipeError(
                    f"{path}, line {number}: the prompt is not of the question that {settings.tasks} has under the id "
                    f"{task.id!r}: name the run's own tasks"
                )
            known = True
            lot = lot_of(recipe.seed, task, row["completion"])
            heap = drawn[task.question]
            faults: Faults = {}
            if any(lot == other for other, _ in heap):
                faults = {"duplicate": "the same text as one before"}
            elif len(heap) == settings.samples and lot < heap[0][0]:
                faults = {"surplus": "not drawn"}
            else:
                whole = begun(str(row.get("prompt", "")), "<think>") + row["completion"]
                text, faults = rewrite(whole, task, recipe, wanted, truncated=bool(row.get("truncated")))
                if not faults:
                    heapq.heappush(heap, (lot, text))
                    if len(heap) > settings.samples:
                        heapq.heappop(heap)
                        faults = {"surplus": "not drawn"}  # one of the task is, whichever
            if faults:
                tally.add([line_of(task, None, faults)])
                rejected.write(json.dumps({"line": number, "id": task.id, "faults": faults}) + "\n")
    os.replace(part, out / REJECTED)
    if not known:
        raise RecipeError(
            f"no rollout for training in {path} is of a task in {settings.tasks}: name the run's own tasks"
        )
    rows = [
        {"id": task.id, "question": task.question, "completion": text, "ground_truth": task.ground_truth}
        | {"source": "r1_zero", "faults": {}}
        for task in tasks
        for _, text in sorted(drawn[task.question], reverse=True)
    ]
    tally.add(rows)
    write_whole(out / COUNTS, json.dumps(tally.counts(), indent=1))
    require_kept(tally, out)
    return [{key: value for key, value in row.items() if key != "faults"} for row in rows]


def read_rollouts(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a rollouts.jsonl, one at a time: there may be millions."""
    if not path.is_file():
        beside = [str(other) for other in path.parent.glob("*.jsonl")]
        raise RecipeError(f"no file {str(path)!r}{nearest(str(path), beside)}")
    for number, row in enumerate(rows_of(path), start=1):
        if not isinstance(row.get("completion"), str) or "task" not in row:
            raise RecipeError(f"{path}, line {number}: expected a rollout with task and completion, got {sorted(row)}")
        yield row


def lot_of(seed: int, task: Task, completion: str) -> int:
    """The same for the same text, and else as good as drawn."""
    content = f"{seed} {task.question} {same_text(completion)}"
    return int.from_bytes(hashlib.sha256(content.encode(errors="surrogatepass")).digest()[:8], "big")


def rewrite(
    completion: str, task: Task, recipe: Recipe, wanted: Readable, *, truncated: bool = False
) -> tuple[str, Faults]:
    """`<think>…</think><answer>…</answer>` as reasoning and summary, and what is wrong with it.

    Nothing is invented: the summary is the answer as it stands, or in a box, whichever a verifier finds right.
    """
    form = verify_format(completion)
    if not form.correct or form.answer is None:
        return completion, ({"truncated": "cut off"} if truncated else {}) | {"format": form.note}
    thinking = completion.partition("<think>")[2].partition("</think>")[0]
    marks = {"reasoning": recipe.reasoning, "summary": recipe.summary}
    boxed = f"\\boxed{{{form.answer}}}"
    said = f"The answer is {boxed}." if recipe.language == "en" else boxed
    first, second = (form.answer, said) if len(form.answer.split()) > 4 else (said, form.answer)
    texts = [f"{recipe.reasoning}{thinking}{recipe.summary}{summary}" for summary in (first, second)]
    verdicts = [by_rule(text, task, **marks) for text in texts]
    best = 1 if verdicts[1].correct and not verdicts[0].correct else 0
    faults = unreadable(texts[best], task.ground_truth, wanted, truncated=truncated)
    return texts[best], faults | wrong(verdicts[best])
