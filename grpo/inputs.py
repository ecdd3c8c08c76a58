"""What the wanted stages of R1 will read, looked at before the first one trains: it may be days until their turn."""

import re
from pathlib import Path

from verifiers import Reason, Verdict, verify_language, verify_summary_format

from .config import PHASES, SMALL, RecipeError
from .policy import require_model
from .rated import load_pairs, load_points
from .rejection import read_general
from .settings import R1, Preference, Rejection, Rl, Sft
from .stages import Stages, is_idle
from .tasks import load_general, make_reward, read_jsonl


def check_inputs(cfg: R1, stage: Stages) -> None:
    """RecipeError where a wanted stage could not begin: a file or model that is missing, a line that cannot be read, a
    reward or language that there is none of. Files that a stage before will make are left to it."""
    stage.require_inputs()
    check_words(cfg)
    for model in (cfg.model, cfg.small_model):
        if model:
            require_model(str(stage.resolve(model)))
    for name, phase in PHASES.items():
        if phase not in stage.phases or (name in SMALL and not cfg.small_model):
            continue
        settings = stage.resolved(getattr(cfg, name))
        if isinstance(settings, Rl) and not is_idle(settings):
            check_rl(name, settings, stage)
        elif isinstance(settings, Sft) and settings.data and not is_idle(settings):
            read_jsonl(Path(settings.data), {"question": str, "completion": str})
        elif isinstance(settings, Rejection) and not cfg.sft.data:
            read_jsonl(Path(settings.tasks), {"question": str, "ground_truth": object})
            read_general(settings)
        elif isinstance(settings, Preference):
            for file in (settings.pairs, settings.held_out):
                load_pairs(Path(file)) if file else []
            load_points(Path(settings.safety)) if settings.safety else []
    if cfg.all_rl.held_out:  # all stages are measured on them, whichever are wanted
        read_jsonl(Path(stage.resolve(cfg.all_rl.held_out)), {"question": str, "ground_truth": object})


def check_words(cfg: R1) -> None:
    """RecipeError where the marks are none, or the language is not known."""
    try:
        verify_summary_format("", reasoning=cfg.reasoning, summary=cfg.summary)
        verify_language("", language=cfg.language)
    except ValueError as error:
        raise RecipeError(str(error)) from error


def check_rl(name: str, rl: Rl, stage: Stages) -> None:
    """RecipeError where the stage's reward cannot be made, or its tasks and prompts cannot be read."""

    def liked(text: str, prompt: object) -> Verdict:
        return Verdict(0.5, Reason.WRONG)

    try:
        make_reward(stage.recipe(rl), helpful=liked if rl.general else None)("", "4")
    except (RecipeError, ImportError) as error:
        raise RecipeError(re.sub(r"\brl\.", f"{name}.", str(error))) from error
    for file in filter(None, (rl.tasks, rl.held_out)):
        read_jsonl(Path(file), {"question": str, "ground_truth": object})
    for file in filter(None, (rl.general, rl.general_held_out)):
        load_general(Path(file))
