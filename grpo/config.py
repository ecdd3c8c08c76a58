"""A recipe: every number of a run, from a TOML file and the command line."""

import difflib
import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal

import tomli_w
import tyro
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPES = Path(__file__).parent / "recipes"

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # DeepSeek-R1, section 2.2.1, and the Nature version: clip 10, KL to a reference renewed every 400 steps.
    "r1_zero": {"loss": "sequence_mean", "clip_low": 10.0, "clip_high": 10.0, "kl_coef": 0.001, "reference_every": 400},
    # DAPO (arXiv 2503.14476), section 3: every token weighs the same, the upper clip is higher, no KL.
    "dapo": {"loss": "token_mean", "clip_low": 0.2, "clip_high": 0.28, "kl_coef": 0.0, "reference_every": 0},
}


MAX_GRAD_NORM = 1.0
"""Larger gradients are scaled down to this norm; the paper gives none."""


class RecipeError(ValueError):
    """The run cannot start or go on as asked; the message says why and what to do."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Sft:
    """Supervised fine-tuning before RL; 0 steps is none, as in R1-Zero."""

    data: str = ""
    """JSONL of {"question", "completion"}; `made:FILE` is one that `make` wrote."""
    steps: int = 0
    """Optimiser steps; 0 leaves this stage out."""
    batch_size: int = 128
    """Completions a step (the paper's 128)."""
    lr: float = 5e-5
    """Peak learning rate (the paper's 5e-5); warms up, then falls along a cosine to a tenth."""
    warmup: int = 10
    """Steps until the peak."""
    pack_tokens: int = 1024
    """Tokens a packed row; a prompt with its completion must fit into one."""
    forward_tokens: int = 16_384
    """Tokens a forward and backward pass; fewer need less memory and change nothing else."""
    checkpoint_every: int = 200
    """Steps between checkpoints."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Rl:
    """Group relative policy optimisation with rewards from `verifiers`."""

    tasks: str = ""
    """JSONL of tasks to train on; `made:FILE` is one that `make` wrote."""
    held_out: str = ""
    """JSONL of tasks to measure on; none of them may be trained on."""
    reward: dict[str, float] = field(default_factory=lambda: {"math": 1.0, "format": 1.0})
    """Verifier names with their weights; the first is reported as accuracy."""
    algorithm: Literal["r1_zero", "dapo"] = "r1_zero"
    """Preset of the five values below that are left unset: the paper's equation, or DAPO's."""
    loss: Literal["sequence_mean", "token_mean"] | None = None
    """Mean over tokens, then over rollouts (the paper); or over all tokens alike."""
    clip_low: float | None = None
    """The ratio is clipped below at 1 - clip_low."""
    clip_high: float | None = None
    """The ratio is clipped above at 1 + clip_high."""
    kl_coef: float | None = None
    """Weight of the KL term (β); 0 loads no reference model."""
    reference_every: int | None = None
    """Steps after which the reference becomes a copy of the policy; 0 is never."""
    steps: int = 10_400
    """Sampling steps."""
    tasks_per_step: int = 32
    """Tasks a step (P)."""
    group_size: int = 16
    """Rollouts for each task (G)."""
    minibatches: int = 1
    """Optimiser steps that one step's rollouts are split into (the paper's rollout of 8,192 makes 16)."""
    max_new_tokens: int = 32_768
    """Tokens after which a completion is cut off."""
    temperature: float = 1.0
    """Sampling temperature; log-probs are taken at it too. No top-p or top-k: they would change what is trained."""
    lr: float = 3e-6
    """Learning rate after the warm-up."""
    final_lr: float = 1.0
    """Share of the learning rate left at the last step, reached along a line; 1 keeps it constant, as in the paper."""
    warmup: int = 0
    """Steps until the full learning rate."""
    sample_rows: int = 512
    """Rollouts sampled at the same time; fewer need less memory for keys and values."""
    forward_tokens: int = 16_384
    """Tokens a forward and backward pass of the update; fewer need less memory and change nothing else."""
    eval_every: int = 100
    """Steps between measurements on the held-out tasks; 0 measures at the start and the end only."""
    eval_samples: int = 4
    """Completions for each held-out task (k); accuracy is their mean, as the paper's pass@1."""
    checkpoint_every: int = 50
    """Steps between checkpoints; Ctrl-C writes one at any step."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One run: what is made, what is trained, and on what."""

    name: str
    """The run's folder under `runs`."""
    model: str
    """Folder, hub name, or `made:FOLDER`: any decoder-only model of transformers."""
    make: Literal["", "sign_puzzle", "arithmetic"] = ""
    """What to generate first, into RUN/0-made."""
    template: Literal["auto", "r1_zero", "chat", "question"] = "auto"
    """How a question becomes a prompt; auto is the tokenizer's chat template where there is one, else R1-Zero's."""
    system: str = ""
    """System message of the chat template."""
    instruction: str = "{question}"
    """The user's message, with {question} where the task's question goes."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the matrix products; weights, optimiser and log-probs are float32 either way."""
    device: str = "auto"
    """`cpu`, `cuda`, …; auto takes the accelerator where there is one."""
    seed: int = 0
    """Of everything random; the same seed on the same machine gives the same weights."""
    runs: Path = Path("runs")
    """Where run folders go."""
    sft: Sft = field(default_factory=Sft)
    rl: Rl = field(default_factory=Rl)


def load_recipe(args: Sequence[str]) -> Recipe:
    """Read `[RECIPE] [--key value …]`: a shipped recipe's name or a TOML file, then overrides.

    Raises RecipeError naming the nearest right recipe or key. A wrong override ends the program with tyro's message.
    """
    name, overrides = ("tiny_cpu", list(args)) if not args or args[0].startswith("-") else (args[0], list(args[1:]))
    recipe = read_toml(find_recipe(name))
    recipe = tyro.cli(Recipe, args=overrides, default=recipe, prog=f"python -m grpo.train {name}")
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


def read_toml(path: Path) -> Recipe:
    """The recipe in a TOML file; unknown keys and wrong types are errors that name the file and the key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not TOML: {error}") from error
    for where, key, known in unknown_keys(table, Recipe):
        raise RecipeError(f"{path}: unknown key {where}{key}{nearest(key, known)}")
    try:
        return TypeAdapter(Recipe).validate_python({"name": path.stem, **table})
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


def fill_preset(rl: Rl) -> Rl:
    """The same, with the preset's values where none are given."""
    return replace(rl, **{key: value for key, value in PRESETS[rl.algorithm].items() if getattr(rl, key) is None})


def check(recipe: Recipe) -> Recipe:
    """The same recipe; raises RecipeError where its numbers cannot go together."""
    rl, sft = recipe.rl, recipe.sft
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
    for key in (*at_least_one, "eval_samples", "checkpoint_every"):
        if getattr(rl, key) < 1:
            raise RecipeError(f"rl.{key} is {getattr(rl, key)}: it must be 1 or more")
    for key in ("batch_size", "pack_tokens", "forward_tokens", "checkpoint_every"):
        if getattr(sft, key) < 1:
            raise RecipeError(f"sft.{key} is {getattr(sft, key)}: it must be 1 or more")
    for where, lr in (("sft", sft.lr), ("rl", rl.lr)):
        if not lr > 0:
            raise RecipeError(f"{where}.lr is {lr}: it must be more than 0")
    for key in ("sft.steps", "sft.warmup", "rl.steps", "rl.reference_every", "rl.eval_every", "rl.warmup",
                "rl.clip_low", "rl.clip_high", "rl.kl_coef"):  # fmt: skip
        if (numbers[key] or 0) < 0:
            raise RecipeError(f"{key} is {numbers[key]}: it must be 0 or more")
    if rl.tasks_per_step % rl.minibatches:
        divisors = [n for n in range(1, rl.tasks_per_step + 1) if rl.tasks_per_step % n == 0]
        near = sorted(sorted(divisors, key=lambda n: abs(n - rl.minibatches))[:2])
        use = " or ".join(map(str, near))
        raise RecipeError(
            f"rl.minibatches {rl.minibatches} does not divide tasks_per_step {rl.tasks_per_step}: use {use}"
        )
    if not 0 <= rl.final_lr <= 1:
        raise RecipeError(f"rl.final_lr is {rl.final_lr}: it is a share of rl.lr, from 0 to 1")
    if rl.temperature <= 0:
        raise RecipeError(f"rl.temperature is {rl.temperature}: a group needs different rollouts, so use more than 0")
    if not rl.reward:
        raise RecipeError("rl.reward is empty: name at least one verifier, as in reward = { math = 1.0 }")
    if "{question}" not in recipe.instruction:
        raise RecipeError("instruction has no {question}: the prompts would all be the same")
    if rl.steps and not rl.tasks:
        raise RecipeError("rl.tasks is empty: name a JSONL file of tasks (data/README.md says how to make one)")
    if sft.steps and not sft.data:
        raise RecipeError("sft.data is empty: name a JSONL file of {question, completion}")
    return recipe


def save_recipe(recipe: Recipe, path: Path) -> None:
    """Write the recipe as resolved, whole or not at all; `load_recipe` reads it back."""
    table = asdict(recipe) | {"runs": str(recipe.runs)}
    part = path.with_name(path.name + ".part")
    part.write_text(tomli_w.dumps(table), encoding="utf-8")
    os.replace(part, path)


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
