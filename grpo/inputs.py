"""What the wanted stages of R1 will read, looked at before the first one trains: it may be days until their turn."""

import re
from pathlib import Path

from verifiers import Reason, Verdict, verify_language, verify_summary_format

from .config import PHASES, SMALL, RecipeError
from .loading import require_model
from .rated import load_pairs, load_points
from .rejection import read_general
from .rewards import make_reward
from .settings import R1, ColdStart, Preference, Rejection, Rl, Sft
from .stages import Stages, is_idle
from .task_sampling import columns_of, passing
from .tasks import load_general, read_jsonl, read_tasks


def check_inputs(cfg: R1, stage: Stages) -> None:
    """RecipeError where a wanted stage could not begin: a file or model that is missing, a line that cannot be read, a
    reward or language that there is none of; and where a question that all stages are measured on is trained on.

    Files that a stage before will make are left to it.
    """
    stage.require_inputs()
    check_words(cfg)
    for model in (cfg.model, cfg.small_model):
        if model:
            require_model(str(stage.resolve(model)))
    file = cfg.all_rl.held_out
    held_out = questions(Path(stage.resolve(file)), "ground_truth") if file else set()
    for name, phase in PHASES.items():
        if phase not in stage.phases or (name in SMALL and not cfg.small_model):
            continue
        both = held_out & trained_on(name, cfg, stage)
        if both:
            raise RecipeError(
                f"{name}: {len(both)} questions of {file}, on which all stages are measured, are trained on, such as "
                f"{min(both)!r}"
            )


def trained_on(name: str, cfg: R1, stage: Stages) -> set[str]:
    """The questions of that stage's files for training; RecipeError where one of its files cannot be read."""
    settings = stage.resolved(getattr(cfg, name))
    if is_idle(settings) or (name == "cold_start_data" and (cfg.cold_start.data or is_idle(cfg.cold_start))):
        return set()
    if isinstance(settings, Rl):
        return check_rl(name, settings, stage)
    if isinstance(settings, Preference):
        for file in (settings.pairs, settings.held_out):
            load_pairs(Path(file)) if file else []
        load_points(Path(settings.safety)) if settings.safety else []
    elif isinstance(settings, Rejection) and not cfg.sft.data:
        read_general(settings)
        return questions(Path(settings.tasks), "ground_truth")
    elif isinstance(settings, Sft) and settings.data:
        return questions(Path(settings.data), "completion")
    elif isinstance(settings, ColdStart):
        given = settings.source == "file"
        path = settings.data if given else settings.tasks
        return questions(Path(path), "completion" if given else "ground_truth") if path else set()
    return set()


def questions(file: Path, beside: str) -> set[str]:
    """Those of a JSONL file that has this column beside them."""
    return {row["question"] for _, row in read_jsonl(file, {"question": str, beside: object})}


def check_words(cfg: R1) -> None:
    """RecipeError where the marks are none, or the language is not known."""
    try:
        verify_summary_format("", reasoning=cfg.reasoning, summary=cfg.summary)
        verify_language("", language=cfg.language)
    except ValueError as error:
        raise RecipeError(str(error)) from error


def check_rl(name: str, rl: Rl, stage: Stages) -> set[str]:
    """The questions of its tasks; RecipeError where its reward cannot be made, or a file of it cannot be read."""

    def liked(text: str, prompt: object) -> Verdict:
        return Verdict(0.5, Reason.WRONG)

    try:
        make_reward(stage.recipe(rl), helpful=liked if rl.general else None)("", "4")
    except (RecipeError, ImportError) as error:
        raise RecipeError(re.sub(r"\brl\.", f"{name}.", str(error))) from error
    if rl.held_out:
        questions(Path(rl.held_out), "ground_truth")
    for file in filter(None, (rl.general, rl.general_held_out)):
        load_general(Path(file))
    return {task.question for task in passing(read_tasks(Path(rl.tasks), columns_of(rl)), rl)}
