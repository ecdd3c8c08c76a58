"""A recipe: every number of a run, from a TOML file and the command line."""

import difflib
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w
import tyro
from pydantic import TypeAdapter, ValidationError

from .files import write_whole
from .presets import fill_preset
from .settings import R1, Preference, Recipe, Rejection, Rl, Sft

if sys.version_info >= (3, 11):
    import tomllib as tomllib
else:
    import tomli as tomllib

RECIPES = Path(__file__).parent / "recipes"

PHASES = {
    "pretraining": 0, "small_pretraining": 0, "cold_start_data": 1, "cold_start": 1, "reasoning_rl": 2, "rejection": 3,
    "sft": 3, "reward_model": 4, "all_rl": 4, "distillation": 5, "small_rl": 5,
}  # fmt: skip
"""The settings of R1's stages, and their phases."""
SMALL = {"small_pretraining", "distillation", "small_rl"}
"""Those of the small model, which there may be none of."""

ENGINES = ["transformers", "vllm"]
"""What may sample, besides a server."""
SAMPLER = "engine", "vllm_memory", "vllm_positions", "vllm_gpus"


class RecipeError(ValueError):
    """The run cannot start or go on as asked; the message says why and what to do."""


def load_recipe(args: Sequence[str]) -> Recipe | R1:
    """Read `[RECIPE] [--key value …]`: a shipped recipe's name or a TOML file, then overrides.

    Raises RecipeError naming the nearest right recipe or key. A wrong override ends the program with tyro's message.
    """
    name, overrides = ("tiny_cpu", list(args)) if not args or args[0].startswith("-") else (args[0], list(args[1:]))
    recipe = read_toml(find_recipe(name))
    recipe = tyro.cli(type(recipe), args=overrides, default=recipe, prog=f"python -m grpo.train {name}")
    if isinstance(recipe, R1):
        return check_r1(recipe)
    refuse_general("rl", recipe.rl)
    return check(replace(recipe, rl=fill_preset(recipe.rl)))


def find_recipe(name: str) -> Path:
    """The file of a shipped recipe, or the file of that path."""
    shipped = {path.stem: path for path in sorted(RECIPES.glob("*.toml"))}
    if name in shipped:
        return shipped[name]
    if Path(name).is_file():
        return Path(name)
    beside = [str(path) for path in Path(name).parent.glob("*.toml")]
    raise RecipeError(
        f"recipe {name!r} is neither a file nor one of {', '.join(shipped)}{nearest(name, [*shipped, *beside])}"
    )


def read_toml(path: Path) -> Recipe | R1:
    """The recipe in a TOML file; `pipeline = "r1"` is one for all of R1.

    Raises RecipeError with the file and the key of what is unknown or of a wrong type.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not TOML: {error}") from error
    kind = R1 if "pipeline" in table else Recipe
    for where, key, known in unknown_keys(table, kind):
        raise RecipeError(f"{path}: unknown key {where}{key}{nearest(key, known)}")
    try:
        adapter: TypeAdapter[Recipe | R1] = TypeAdapter(kind)
        return adapter.validate_python({"name": path.stem, **table})
    except ValidationError as error:
        faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        raise RecipeError(f"{path}: {'; '.join(faults)}") from error


def unknown_keys(table: Mapping[str, Any], kind: Any, where: str = "") -> list[tuple[str, str, list[str]]]:
    """(table, key, keys that exist there) for each key of the table that the dataclass does not have."""
    known = {entry.name: entry.type for entry in fields(kind)}
    found = [(where, key, list(known)) for key in table if key not in known]
    for key, value in table.items():
        if isinstance(value, Mapping) and is_dataclass(known.get(key)):
            found += unknown_keys(value, known[key], f"{where}{key}.")
    return found


def nearest(name: str, known: Sequence[str]) -> str:
    """`; did you mean X?`, or nothing where nothing is near."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def check_engine(name: str) -> None:
    """RecipeError where that is no engine."""
    if name not in ENGINES and not re.fullmatch(r"https?://([^/\s:]+|\[[\da-fA-F:]+\])(:\d{1,5})?(/\S*)?", name):
        raise RecipeError(
            f"engine is {name!r}: it is transformers, vllm, or a server's http://HOST:PORT{nearest(name, ENGINES)}"
        )


def check_rl(rl: Rl) -> None:
    """RecipeError where numbers of RL lie outside their bounds, or cannot go together."""
    if 0 < rl.dual_clip <= 1:
        raise RecipeError(f"rl.dual_clip is {rl.dual_clip}: it must be more than 1, such as 3, or 0 for none")
    if not rl.reward_timeout_s > 0:
        raise RecipeError(f"rl.reward_timeout_s is {rl.reward_timeout_s}: it must be more than 0, such as 300")
    if not rl.correction_cap > 0:
        raise RecipeError(f"rl.correction_cap is {rl.correction_cap}: it must be more than 0, such as 2")
    if rl.tasks_per_step % rl.minibatches:
        divisors = [n for n in range(1, rl.tasks_per_step + 1) if rl.tasks_per_step % n == 0]
        near = sorted(sorted(divisors, key=lambda n: abs(n - rl.minibatches))[:2])
        use = " or ".join(map(str, near))
        raise RecipeError(
            f"rl.minibatches {rl.minibatches} does not divide tasks_per_step {rl.tasks_per_step}: use {use}"
        )
    if not 0 <= rl.final_lr <= 1:
        raise RecipeError(f"rl.final_lr is {rl.final_lr}: it is a share of rl.lr, from 0 to 1")
    if not 0 <= rl.pass_rate_min <= rl.pass_rate_max <= 1:
        bounds = f"rl.pass_rate_min is {rl.pass_rate_min}, rl.pass_rate_max {rl.pass_rate_max}"
        raise RecipeError(f"{bounds}: give two shares from 0 to 1, the lower first")
    if not 0 <= rl.general_share <= 1:
        raise RecipeError(f"rl.general_share is {rl.general_share}: it is a share of a step's tasks, from 0 to 1")
    if not rl.lora_alpha > 0:
        raise RecipeError(f"rl.lora_alpha is {rl.lora_alpha}: it must be more than 0")
    if rl.lora_rank and rl.kl_coef and rl.reference_every and rl.steps > rl.reference_every:
        raise RecipeError(
            f"rl.reference_every is {rl.reference_every}: with rl.lora_rank the reference is the model without its "
            "adapters, which cannot be renewed: set rl.reference_every = 0"
        )
    if rl.temperature <= 0:
        raise RecipeError(f"rl.temperature is {rl.temperature}: a group needs different rollouts, so use more than 0")


def check(recipe: Recipe) -> Recipe:
    """The same recipe; raises RecipeError where its numbers cannot go together."""
    rl, sft = recipe.rl, recipe.sft
    check_engine(recipe.engine)
    if not 0 < recipe.vllm_memory < 1:
        raise RecipeError(f"vllm_memory is {recipe.vllm_memory}: it is a share of the GPU's memory, such as 0.4")
    for key, least in (("vllm_gpus", 1), ("vllm_positions", 0)):
        if getattr(recipe, key) < least:
            raise RecipeError(f"{key} is {getattr(recipe, key)}: it must be {least} or more")
    if recipe.name in ("", ".", "..") or Path(recipe.name).name != recipe.name:
        raise RecipeError(f"name is {recipe.name!r}: it is one folder under {recipe.runs}, such as 'mine'")
    numbers = flat({"rl": asdict(rl), "sft": asdict(sft)})
    for key, value in numbers.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise RecipeError(f"{key} is {value}: it must be a finite number")
    if rl.group_size < 2:
        raise RecipeError(
            f"rl.group_size is {rl.group_size}: an advantage compares the rollouts of a group, so use 2 or more"
        )
    at_least_one = ("tasks_per_step", "group_size", "minibatches", "max_new_tokens", "sample_rows", "forward_tokens")
    for key in (*at_least_one, "eval_samples", "checkpoint_every", "keep_last"):
        if getattr(rl, key) < 1:
            raise RecipeError(f"rl.{key} is {getattr(rl, key)}: it must be 1 or more")
    for key in ("batch_size", "pack_tokens", "forward_tokens", "checkpoint_every", "keep_last"):
        if getattr(sft, key) < 1:
            raise RecipeError(f"sft.{key} is {getattr(sft, key)}: it must be 1 or more")
    for where, lr in (("sft", sft.lr), ("rl", rl.lr)):
        if not lr > 0:
            raise RecipeError(f"{where}.lr is {lr}: it must be more than 0")
    for key in ("sft.steps", "sft.epochs", "sft.warmup", "rl.steps", "rl.reference_every", "rl.eval_every", "rl.warmup",
                "rl.clip_low", "rl.clip_high", "rl.kl_coef", "rl.general_steps", "rl.stop_below",
                "rl.dual_clip", "rl.refill", "rl.lora_rank"):  # fmt: skip
        if (numbers[key] or 0) < 0:
            raise RecipeError(f"{key} is {numbers[key]}: it must be 0 or more")
    check_rl(rl)
    if not rl.reward:
        raise RecipeError("rl.reward is empty: name at least one verifier, as in reward = { math = 1.0 }")
    if "{question}" not in recipe.instruction:
        raise RecipeError("instruction has no {question}: the prompts would all be the same")
    if rl.steps and not rl.tasks:
        raise RecipeError("rl.tasks is empty: name a JSONL file of tasks (data/README.md says how to make one)")
    if (sft.steps or sft.epochs) and not sft.data:
        raise RecipeError("sft.data is empty: name a JSONL file of {question, completion}")
    return recipe


def check_r1(cfg: R1) -> R1:
    """The same with presets filled in; raises RecipeError where the numbers of a wanted stage cannot go together."""
    wanted = phases_of(cfg.stages)
    filled: dict[str, Any] = {
        key: fill_preset(getattr(cfg, key)) for key in PHASES if isinstance(getattr(cfg, key), Rl)
    }
    cfg = replace(cfg, **filled)
    for key, phase in PHASES.items():
        if phase not in wanted or (key in SMALL and not cfg.small_model):
            continue
        settings = getattr(cfg, key)
        stage = Recipe(name=cfg.name, model=cfg.model, instruction=cfg.instruction, rl=Rl(steps=0))
        stage = replace(stage, **{key: getattr(cfg, key) for key in SAMPLER})
        if isinstance(settings, Rl):
            stage = replace(stage, rl=settings)
        elif isinstance(settings, Sft):  # but for pretraining, its data may be what a stage before makes
            given = "" if "pretraining" in key else "made"
            stage = replace(stage, sft=replace(settings, data=settings.data or given))
        elif isinstance(settings, Rejection) and not (settings.tasks or cfg.sft.data):
            raise RecipeError("rejection.tasks is empty: name a JSONL file of tasks, or as sft.data what to train on")
        try:
            check(stage)
            if isinstance(settings, Preference):
                check_preference(settings)
        except RecipeError as error:
            raise RecipeError(re.sub(r"\b(rl|sft)\.", f"{key}.", str(error))) from error
    refuse_general("reasoning_rl", cfg.reasoning_rl)
    refuse_general("small_rl", cfg.small_rl)
    judged = [f"all_rl.{key}" for key in ("general", "general_held_out") if getattr(cfg.all_rl, key)]
    judged += ["reward_model.safety"] * bool(cfg.reward_model.safety)
    if 4 in wanted and judged and not cfg.reward_model.pairs:
        raise RecipeError(f"{judged[0]} needs a reward model for preference: name reward_model.pairs, or leave it out")
    check_lengths(cfg, wanted)
    if cfg.eval_samples < 1:
        raise RecipeError(
            f"eval_samples is {cfg.eval_samples}: it must be 1 or more; without all_rl.held_out nothing is measured"
        )
    parts = list(cfg.reasoning_rl.reward)
    if cfg.ablate and cfg.ablate not in parts:
        raise RecipeError(f"ablate is {cfg.ablate!r}, no part of reasoning_rl.reward{nearest(cfg.ablate, parts)}")
    return cfg


def check_lengths(cfg: R1, wanted: range) -> None:
    """RecipeError where what a stage may keep would be too long for the one that is trained on it, and stop that."""
    sampled = {"cold_start": "cold_start_data", "sft": "rejection", "distillation": "rejection"}
    for key, source in sampled.items():
        sft, sampling = getattr(cfg, key), getattr(cfg, source)
        given = sft.data or (key == "distillation" and cfg.sft.data) or not (sft.steps or sft.epochs)
        elsewhere = PHASES[source] not in wanted or (key in SMALL and not cfg.small_model)
        if given or elsewhere or getattr(sampling, "source", "few_shot") != "few_shot":
            continue
        if sampling.max_new_tokens > sft.pack_tokens:
            raise RecipeError(
                f"{key}.pack_tokens is {sft.pack_tokens}, less than the {sampling.max_new_tokens} tokens of "
                f"{source}.max_new_tokens, so what is sampled may not fit: raise the one or lower the other"
            )


def refuse_general(where: str, rl: Rl) -> None:
    """RecipeError where a stage that has no reward model names prompts without a ground truth."""
    for key in ("general", "general_held_out"):
        if getattr(rl, key):
            raise RecipeError(
                f"{where}.{key}: nothing judges prompts without a ground truth there; all_rl takes them, of a recipe "
                'with pipeline = "r1"'
            )


def check_preference(settings: Preference) -> None:
    """RecipeError where a reward model's numbers cannot be."""
    for key, least in {"batch_size": 1, "forward_tokens": 1, "checkpoint_every": 1, "steps": 0, "warmup": 0}.items():
        if getattr(settings, key) < least:
            raise RecipeError(f"reward_model.{key} is {getattr(settings, key)}: it must be {least} or more")
    if not (settings.lr > 0 and math.isfinite(settings.lr)):
        raise RecipeError(f"reward_model.lr is {settings.lr}: it must be more than 0")


def phases_of(stages: str) -> range:
    """The phases that `--stages` names.

    >>> phases_of("3-4"), phases_of("2")
    (range(3, 5), range(2, 3))
    """
    found = re.fullmatch(r"([0-5])(?:-([0-5]))?", stages.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if last < first:
        raise RecipeError(f"stages is {stages!r}: name one phase from 0 to 5, or some, such as 3-4")
    return range(first, last + 1)


def save_recipe(recipe: Recipe | R1, path: Path) -> None:
    """Write the recipe as resolved; `load_recipe` reads it back."""
    write_whole(path, tomli_w.dumps(asdict(recipe) | {"runs": str(recipe.runs)}))


def flat(table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Nested tables as one, with dotted keys.

    >>> flat({"rl": {"lr": 1e-6}, "seed": 0})
    {'rl.lr': 1e-06, 'seed': 0}
    """
    inner = [
        flat(value, f"{where}{key}.") if isinstance(value, Mapping) else {where + key: value}
        for key, value in table.items()
    ]
    return {key: value for part in inner for key, value in part.items()}
