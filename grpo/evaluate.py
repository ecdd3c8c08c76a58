"""How good is a model? Samples of every task, verified: pass@1, pass@k, the majority's answer, with intervals.

    python -m grpo.evaluate MODEL [MODEL …] --tasks FILE [--samples 16] [--limit 100] [--out FOLDER]

DeepSeek-R1's settings: temperature 0.6, top-p 0.95, pass@1 as the mean over the samples. An evaluation that was stopped
goes on when the same command is given again; several models, or a run's folder, make one table.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from verifiers import Reason, Verdict

from . import engine as engines
from .config import RecipeError
from .engine import Engine, in_order
from .evaluation import Evaluation, check, find_models, folder_name, identity, load, sha256_of, task_file, weights_of
from .evaluation_folder import append, judged_of, resume, write_whole, writing
from .evaluation_table import markdown, on_screen
from .generate import completions_of
from .loading import quiet_transformers
from .lock import held
from .log import Row
from .malloc import keep_freed_memory
from .policy import load_policy
from .prompts import begun, make_prompts
from .rewards import as_told
from .scores import by_level, score
from .settings import Recipe
from .tasks import seed_of
from .votes import same_answers, vote

UNIMPORTANT = ("models", "tasks", "pass_at", "limit", "device", "out", "engine")
"""Settings that may change while an evaluation goes on."""


def open_engine(model: str, settings: Evaluation) -> Engine:
    """The engine that samples."""
    policy = load_policy(model, device=settings.device, bfloat16=settings.precision == "bfloat16")
    return engines.open_engine(policy, settings.rows, Recipe(name="evaluation", model=model, engine=settings.engine))


def evaluate(
    model: str, settings: Evaluation, tasks: Sequence[Row], asked: Mapping[str, Any], folder: Path, progress: Progress
) -> dict[str, Any]:
    """Sample and judge what is not yet in the folder; the scores of what is asked for.

    Batches are cut from the whole file, so that a task's samples depend neither on the limit nor on what is done.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with held(folder, "evaluation", "another --out"), ExitStack() as stack:
        done = resume(folder, {"model": identity(model), "weights": weights_of(model), **asked})
        wanted = tasks[: settings.limit or None]
        together = max(1, settings.rows // settings.samples)
        batches = [tasks[start : start + together] for start in range(0, len(wanted), together)]
        left = [number for number, batch in enumerate(batches) if any(row["id"] not in done for row in batch)]
        total = sum(map(len, batches))
        bar = progress.add_task(escape(model), total=total, completed=sum(row["id"] in done for row in tasks[:total]))
        if left:
            engine = stack.enter_context(closing(open_engine(model, settings)))
            prompts = read_prompts(engine, tasks[:total], model, settings)
        for number in left:
            new = sample_batch(engine, batches[number], prompts[number * together :], number, settings)
            new = [line for line in new if line["task"] not in done]
            append(folder, new)
            done |= {line["task"]: judged_of(line) for line in new}
            progress.update(bar, advance=len(new))
        judged = [done[row["id"]] for row in wanted]
        scores: dict[str, Any] = {"model": model, **score(judged, settings.samples, settings.pass_at)}
        scores["levels"] = by_level(judged, settings.samples, settings.pass_at)
        write_whole(folder / "scores.json", json.dumps(scores, indent=1))
    return scores


def read_prompts(engine: Engine, tasks: Sequence[Row], model: str, settings: Evaluation) -> list[tuple[str, list[int]]]:
    """The prompt of each task, as text and as token ids.

    RecipeError where one leaves too little room or the verifier cannot read a ground truth: before hours of sampling.
    """
    recipe = Recipe(
        name="evaluation", model=model, template=settings.template, system=settings.system,
        instruction=settings.instruction,
    )  # fmt: skip
    texts, ids = make_prompts(engine, [row["question"] for row in tasks], recipe)
    longest, task = max((len(prompt), row["id"]) for prompt, row in zip(ids, tasks, strict=True))
    if engine.positions and longest + settings.max_new_tokens > engine.positions:
        raise RecipeError(
            f"task {task!r} has {longest} tokens and max_new_tokens is {settings.max_new_tokens}, more than the "
            f"model's {engine.positions} positions: use --max-new-tokens {engine.positions - longest} or less"
            if longest < engine.positions
            else f"task {task!r} has {longest} tokens, and the model only {engine.positions} positions"
        )
    verify = verifier(settings.verifier, settings)
    for row in tasks:
        try:
            verdict = verify("<think>?</think><answer>unknown</answer>", row["ground_truth"])
        except ImportError as error:
            raise RecipeError(f"task {row['id']!r}: {error}") from error
        if verdict.reason in (Reason.BAD_GROUND_TRUTH, Reason.VERIFIER_FAILED):
            raise RecipeError(
                f"task {row['id']!r}: verifier {settings.verifier!r} cannot read its ground truth: {verdict.note}"
            )
    return list(zip(texts, ids, strict=True))


def verifier(name: str, settings: Evaluation) -> Any:
    """The verifier of that name for completions with the settings' marks."""
    return as_told(name, reasoning=settings.reasoning, summary=settings.summary, language=settings.language or "en")


def sample_batch(
    engine: Engine, tasks: Sequence[Row], prompts: Sequence[tuple[str, list[int]]], batch: int, settings: Evaluation
) -> list[dict[str, Any]]:
    """The lines of completions.jsonl for these tasks.

    They are sampled together, and depend on the batch's number and the seed, not on what was sampled before.
    """
    k, prompts = settings.samples, prompts[: len(tasks)]
    rollouts = in_order(engine.sample(
        [ids for _, ids in prompts], k, max_new_tokens=settings.max_new_tokens, temperature=settings.temperature,
        top_p=settings.top_p, seed=seed_of("evaluation", settings.seed, batch),
    ))  # fmt: skip
    texts = completions_of(engine.tokenizer, rollouts)
    opened = [begun(prompt, settings.reasoning) for prompt, _ in prompts]
    said = verify_all(
        [opened[place // k] + text for place, text in enumerate(texts)],
        [row["ground_truth"] for row in tasks for _ in range(k)],
        settings,
    )
    lines = []
    for number, row in enumerate(tasks):
        own = slice(number * k, (number + 1) * k)
        verdicts = [verdict for verdict, _ in said[own]]
        answers = [verdict.answer for verdict in verdicts]
        same = same_answers(settings.verifier, row["ground_truth"])
        lines.append(
            {"task": row["id"], "level": row["level"], "ground_truth": row["ground_truth"]}
            | {"completions": texts[own], "right": [verdict.score for verdict in verdicts]}
            | {"answers": answers, "votes": vote(answers, same) if same else None}
            | {"notes": [verdict.note for verdict in verdicts], "tokens": [len(r.ids) for r in rollouts[own]]}
            | {"truncated": [r.truncated for r in rollouts[own]], "consistency": [share for _, share in said[own]]}
        )
    return lines


def verify_all(
    texts: Sequence[str], ground_truths: Sequence[Any], settings: Evaluation
) -> list[tuple[Verdict, float | None]]:
    """What the verifier says of each completion, and its share of words in the language."""
    verify, language = verifier(settings.verifier, settings), verifier("language", settings)

    def one(text: str, ground_truth: Any) -> tuple[Verdict, float | None]:
        return verify(text, ground_truth), language(text).score if settings.language else None

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(one, texts, ground_truths))


def evaluate_all(settings: Evaluation, progress: Progress) -> list[dict[str, Any]]:
    """The scores of every model; their table is in the folder of these tasks."""
    check(settings)
    try:
        for name in (settings.verifier, "language") if settings.language else (settings.verifier,):
            verifier(name, settings)("", None)
    except (ValueError, ImportError) as error:  # marks that are none, a language that is not known
        raise RecipeError(str(error)) from error
    models = find_models(settings.models)
    file = task_file(settings.tasks)
    tasks = load(file)
    asked = {key: value for key, value in asdict(settings).items() if key not in UNIMPORTANT}
    asked["tasks"] = f"{file.name} {sha256_of(file)}"
    folder = settings.out / (settings.tasks if file.name != Path(settings.tasks).name else file.stem)
    found = [evaluate(model, settings, tasks, asked, folder / folder_name(model), progress) for model in models]
    said = (
        f"{file.name}, {found[0]['tasks']} of {len(tasks)} tasks; temperature {settings.temperature}, top-p "
        f"{settings.top_p}, at most {settings.max_new_tokens} tokens, seed {settings.seed}; shares in %, in brackets "
        "95 % of the bootstrap over tasks"
    )
    write_whole(folder / "table.md", markdown(found, said))
    write_whole(folder / "scores.json", json.dumps(found, indent=1))
    return found


def main(args: Sequence[str] | None = None) -> int:
    """Evaluate each model; the exit status is 0 only when all were."""
    args = sys.argv[1:] if args is None else args
    quiet_transformers()
    keep_freed_memory()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may not be able to show every name
    settings = tyro.cli(Evaluation, args=list(args), prog="python -m grpo.evaluate")
    shown = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    try:
        with Progress(*shown, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
            found = evaluate_all(settings, progress)
        Console().print(on_screen(found))
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
        return 130
    undecided = [scores["model"] for scores in found if scores["pass@1"] is None]
    for model in undecided:
        print(f"error: not one completion of {model} could be decided: see `notes` in its completions", file=sys.stderr)
    return 2 if undecided else 0


if __name__ == "__main__":
    sys.exit(main())
