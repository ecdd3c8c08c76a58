"""Rejection sampling: many completions of each task, of which the right and readable are kept."""

import math
from pathlib import Path

from verifiers import Judge, endpoint

from .checkpoint import Stop
from .config import RecipeError
from .filters import Faults
from .log import Log
from .policy import load_policy
from .prompts import begun, make_prompts
from .ranks import on_first_rank
from .right import has_answer, is_prose, require_judge, why_no_rule
from .settings import Recipe, Rejection
from .sifting import Rows, finish, line_of, sample_and_sift
from .tasks import Task, read_jsonl, read_tasks

KEPT = "kept.jsonl"
JUDGE_TOTAL_S = 60.0
"""So long a judge that is not reached is tried again."""


def rejection_sample(
    recipe: Recipe,
    settings: Rejection,
    model: str,
    tasks_file: Path,
    out: Path,
    *,
    log: Log,
    stop: Stop,
    judge: Judge | None = None,
) -> Path:
    """Sample `model` on the tasks, keep what is right and readable (DeepSeek-R1, section 2.3.3); returns kept.jsonl.

    Beside it are rejected.jsonl, every other completion with all that is wrong with it, and counts.json.
    """
    if (out / KEPT).is_file():
        return out / KEPT
    check_rejection(settings)
    general = read_general(settings)
    judge = judge or open_judge(settings, out)
    tasks, left_out, judged = split_tasks(tasks_file, judge)
    if judge is not None and judged:
        on_first_rank(require_judge, judge)
    policy = load_policy(model, device=recipe.device, bfloat16=recipe.precision == "bfloat16")
    texts, prompts = make_prompts(policy, [task.question for task in tasks], recipe)
    opened = begun(texts[0], recipe.reasoning)
    tally = sample_and_sift(
        policy, tasks, prompts, recipe, settings, out, log=log, stop=stop, judge=judge, opened=opened
    )
    return on_first_rank(finish, out / KEPT, "sampled", tally, left_out=left_out, general=general, seed=recipe.seed)


def check_rejection(settings: Rejection) -> None:
    """RecipeError where the settings cannot be."""
    for name in ("samples", "keep", "max_new_tokens", "rows", "longest_paragraph"):
        if getattr(settings, name) < 1:
            raise RecipeError(f"rejection.{name} is {getattr(settings, name)}: it must be 1 or more")
    if not (settings.temperature > 0 and math.isfinite(settings.temperature)):
        raise RecipeError(f"rejection.temperature is {settings.temperature}: samples must differ, so use more than 0")
    if not 0 < settings.top_p <= 1:
        raise RecipeError(f"rejection.top_p is {settings.top_p}: it is a share, more than 0 and at most 1")
    if not 0 <= settings.consistency <= 1:
        raise RecipeError(f"rejection.consistency is {settings.consistency}: it is a share, from 0 to 1")


def read_general(settings: Rejection) -> Rows:
    """The lines that are mixed in as they are."""
    if not settings.general:
        return []
    path = Path(settings.general)
    return [
        {"id": str(row.get("id", f"{path.stem}-{line}")), "question": row["question"], "completion": row["completion"]}
        | {"ground_truth": row.get("ground_truth"), "source": "general"}
        for line, row in read_jsonl(path, {"question": str, "completion": str})
    ]


def open_judge(settings: Rejection, out: Path) -> Judge | None:
    """The judge that the settings name; what it has said is kept, so that it says the same after a kill."""
    if not settings.judge_url:
        return None
    try:
        ask = endpoint(settings.judge_url, settings.judge_model, total_s=JUDGE_TOTAL_S, timeout_s=JUDGE_TOTAL_S)
    except ValueError as error:
        raise RecipeError(f"rejection.judge_url and judge_model: {error}") from error
    out.mkdir(parents=True, exist_ok=True)
    return Judge(ask, cache=out / "judge.sqlite")


def split_tasks(path: Path, judge: Judge | None) -> tuple[list[Task], Rows, bool]:
    """The tasks to sample, a row for each that is left out, and whether the judge may be asked about any."""
    tasks: list[Task] = []
    left_out: Rows = []
    judged = False
    seen: set[str] = set()
    for task in read_tasks(path):
        faults: Faults = {}
        if task.question in seen:
            faults = {"duplicate": "the same question as one before"}
        elif why := why_no_rule(task, str(path)):
            if judge is None or not has_answer(task):
                faults = {"no_rule": why}
            judged = True
        judged = judged or is_prose(task.ground_truth)
        seen.add(task.question)
        if faults:
            left_out.append(line_of(task, None, faults))
        else:
            tasks.append(task)
    if not tasks:
        use = "give rejection.judge_url" if judge is None else "give the tasks ground truths"
        raise RecipeError(f"{path}: no rule reads any of its ground truths: {use}")
    return tasks, left_out, judged
