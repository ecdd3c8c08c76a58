"""How good is a model? Samples of every task, verified: pass@1, pass@k, the majority's answer, with intervals.

    python -m grpo.evaluate MODEL [MODEL …] --tasks FILE [--samples 16] [--limit 100] [--out FOLDER]

DeepSeek-R1's settings: temperature 0.6, top-p 0.95, pass@1 as the mean over the samples. An evaluation that was stopped
goes on when the same command is given again; several models make one table.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import transformers
import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from verifiers import VERIFIERS, Verdict

from .config import RecipeError
from .evaluation import COMPLETIONS, Evaluation, check, folder_name, load, resume
from .generate import sample
from .log import rows_of
from .policy import Policy, keep_freed_memory, load_policy, require_positions
from .prompts import make_prompts
from .scores import Judged, by_level, score
from .settings import Recipe

SCORES = "scores.json"


def judge(
    texts: Sequence[str], ground_truths: Sequence[Any], settings: Evaluation
) -> list[tuple[Verdict, float | None]]:
    """What the verifier says of each completion, and its share of words in the language."""

    def one(text: str, ground_truth: Any) -> tuple[Verdict, float | None]:
        verdict = VERIFIERS[settings.verifier](text, ground_truth)
        if not settings.language:
            return verdict, None
        return verdict, VERIFIERS["language"](text, None, language=settings.language).score

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(one, texts, ground_truths))


def evaluate(model: str, settings: Evaluation, folder: Path, progress: Progress) -> dict[str, Any]:
    """Sample and judge what is not yet in the folder; the scores of all of it."""
    tasks = load(settings)
    done = resume(folder, model, settings)
    bar = progress.add_task(model, total=len(tasks), completed=len(done))
    together = max(1, settings.rows // settings.samples)
    batches = [tasks[start : start + together] for start in range(0, len(tasks), together)]
    left = [number for number, batch in enumerate(batches) if any(row["id"] not in done for row in batch)]
    if left:
        policy = load_policy(model, device=settings.device, bfloat16=settings.precision == "bfloat16")
        recipe = Recipe(name="evaluation", model=model, template=settings.template)
        recipe = replace(recipe, system=settings.system, instruction=settings.instruction)
        _, prompts = make_prompts(policy, [row["question"] for row in tasks], recipe)
        for row, ids in zip(tasks, prompts, strict=True):
            require_positions(policy, len(ids) + settings.max_new_tokens, f"task {row['id']!r} with max_new_tokens")
        with (folder / COMPLETIONS).open("a", encoding="utf-8") as file:
            for number in left:
                own = prompts[number * together : (number + 1) * together]
                lines = answer(policy, batches[number], own, number, settings)
                file.writelines(json.dumps(line) + "\n" for line in lines if line["task"] not in done)
                file.flush()
                progress.update(bar, advance=sum(line["task"] not in done for line in lines))
    judged = {line["task"]: line for line in rows_of(folder / COMPLETIONS)}
    of_tasks = [judged_of(judged[row["id"]]) for row in tasks]
    scores = {"model": model, **score(of_tasks, settings.samples), "levels": by_level(of_tasks, settings.samples)}
    (folder / SCORES).write_text(json.dumps(scores, indent=1), encoding="utf-8")
    return scores


def answer(
    policy: Policy, tasks: Sequence[Mapping[str, Any]], prompts: Sequence[list[int]], batch: int, settings: Evaluation
) -> list[dict[str, Any]]:
    """The lines of completions.jsonl for these tasks, sampled together: they depend on the batch's number and the seed,
    and not on what was sampled before."""
    k = settings.samples
    rollouts = sample(
        policy, prompts, k, max_new_tokens=settings.max_new_tokens, temperature=settings.temperature,
        top_p=settings.top_p, seed=settings.seed * 1_000_003 + batch, rows=max(k, settings.rows),
    )  # fmt: skip
    texts = policy.tokenizer.batch_decode([r.ids if r.truncated else r.ids[:-1] for r in rollouts])
    said = judge(texts, [row["ground_truth"] for row in tasks for _ in range(k)], settings)
    lines = []
    for number, row in enumerate(tasks):
        own = slice(number * k, (number + 1) * k)
        lines.append(
            {"task": row["id"], "level": str(row.get("level", "")), "ground_truth": row["ground_truth"]}
            | {"completions": texts[own], "right": [verdict.score for verdict, _ in said[own]]}
            | {
                "answers": [verdict.answer for verdict, _ in said[own]],
                "notes": [verdict.note for verdict, _ in said[own]],
            }
            | {"tokens": [len(r.ids) for r in rollouts[own]], "truncated": [r.truncated for r in rollouts[own]]}
            | {"consistency": [share for _, share in said[own]]}
        )
    return lines


def judged_of(line: Mapping[str, Any]) -> Judged:
    names = ("task", "level", "right", "answers", "tokens", "truncated", "consistency")
    return Judged(**{name: line[name] for name in names})


def table(found: Sequence[Mapping[str, Any]]) -> Table:
    """Models side by side, as the paper has them; then pass@1 at each level."""
    shown = Table()
    shown.add_column("")
    for scores in found:
        shown.add_column(Path(scores["model"]).name, justify="right", overflow="fold")
    for name in found[0]:
        if name not in ("model", "levels", "pass@1 low", "pass@1 high"):
            shown.add_row(name, *(cell(scores, name) for scores in found))
    for level in found[0]["levels"]:
        own = [scores["levels"].get(level, {}) for scores in found]
        shown.add_row(f"level {level}", *(cell(scores, "pass@1") for scores in own), style="dim")
    return shown


def cell(scores: Mapping[str, Any], name: str) -> str:
    """A figure as text: shares in %, pass@1 with its interval."""
    value = scores.get(name)
    if value is None:
        return ""
    if name == "pass@1":
        return f"{100 * value:.1f} ({100 * scores['pass@1 low']:.1f}–{100 * scores['pass@1 high']:.1f})"
    if "@" in name or name in ("truncated", "language"):
        return f"{100 * value:.1f}"
    return f"{value:.0f}"


def main(args: Sequence[str] | None = None) -> int:
    """Evaluate each model; the exit status is 0 only when all were."""
    args = sys.argv[1:] if args is None else args
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    keep_freed_memory()
    settings = tyro.cli(Evaluation, args=list(args), prog="python -m grpo.evaluate")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console()
    try:
        check(settings)
        with Progress(*columns, console=Console(stderr=True)) as progress:
            found = [
                evaluate(model, settings, settings.out / folder_name(model), progress) for model in settings.models
            ]
        console.print(table(found))
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
