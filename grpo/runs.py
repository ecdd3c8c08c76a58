"""A run's folder: opened with its recipe, and summed up at the end."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

from rich.table import Table

from .config import RecipeError, flat, read_toml, save_recipe
from .log import latest, read_metrics
from .presets import fill_preset
from .settings import R1, Recipe
from .stages import FREE, MADE

COMPARED = {
    "accuracy": "accuracy", "cons_at_k": "cons@k", "score/language": "language", "score/helpful": "helpful",
    "completion_tokens": "tokens", "reflections": "reflections",
}  # fmt: skip


def run_folder(recipe: Recipe | R1) -> Path:
    """The run's folder, made where it is not there."""
    run = recipe.runs / recipe.name
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecipeError(f"the run's folder {str(run)!r} cannot be made: {error.strerror}") from error
    return run


def open_run(recipe: Recipe | R1) -> Path:
    """The run's folder with the recipe as resolved; raises RecipeError where another recipe has trained in it."""
    run = run_folder(recipe)
    saved = run / "config.toml"
    before = read_toml(saved) if saved.is_file() else None
    if before and type(before) is not type(recipe):
        raise RecipeError(f"{run} holds a run of another pipeline: give --name another name")
    if isinstance(recipe, R1):  # each stage looks for itself whether it was begun otherwise
        save_recipe(recipe, saved)
        return run
    if isinstance(before, Recipe):  # settings newer than the run have their defaults, and these may be the preset's
        before = replace(before, rl=fill_preset(before.rl))
    old, now = flat(asdict(before)) if before else {}, flat(asdict(recipe))
    keys = [*now, *(key for key in old if key not in now)]
    keys = [key for key in keys if old.get(key) != now.get(key) and not (before and key.endswith(FREE))]
    differ = [f"{key} = {old.get(key)!r}, now {now.get(key)!r}" for key in keys]
    if before and not differ and list(old) != list(now):
        differ = ["rl.reward in another order (its first verifier is the accuracy)"]
    trained = (run / "metrics.jsonl").is_file() and read_metrics(run)
    if before and trained and differ:
        raise RecipeError(
            f"{run} holds a run with {'; '.join(differ)}: go on with its values, or give --name another name"
        )
    if differ:
        shutil.rmtree(run / MADE, ignore_errors=True)  # another seed makes other tasks
    save_recipe(recipe, saved)
    return run


def summarize(run: Path) -> Table:
    """The stages, a line each, where they were compared; else the first and last measurement on the held-out tasks."""
    rows = [row for row in read_metrics(run) if row.get("split") == "held_out"]
    compared = [row for row in rows if row["stage"] == "evaluation"]
    lines = latest(*(compared or [*rows[:1], *rows[1:][-1:]]))
    if compared:
        title, headings = "the stages, measured alike on held-out tasks", [row["model"] for row in compared]
        named = [["", *headings], *([COMPARED[name], *cells] for name, *cells in lines if name in COMPARED)]
        lines = [list(line) for line in zip(*named, strict=True)]
        headings = lines.pop(0)
    else:
        title = "held-out tasks, before and after"
        headings = ["", *(f"step {row['step']}" for row in [*rows[:1], *rows[1:][-1:]])]
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=not heading)
    for line in lines:
        table.add_row(*line)
    return table
