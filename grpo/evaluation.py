"""What an evaluation asks: the settings, the tasks, and what its folder holds already."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from verifiers import VERIFIERS

from .config import RecipeError, nearest
from .log import rows_of
from .tasks import read_jsonl

SETS = {"gsm8k": "gsm8k_test.jsonl"}
"""Public sets by name → the file that data/prepare.py writes."""
COMPLETIONS = "completions.jsonl"


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is asked of the models."""

    models: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or hub names."""
    tasks: str
    """JSONL of {question, ground_truth}, optionally `level`; or a set by name: gsm8k."""
    verifier: str = "accuracy"
    """By whom a completion is judged."""
    samples: int = 4
    """Completions of each task (k)."""
    temperature: float = 0.6
    """The paper's; it advises against greedy decoding."""
    top_p: float = 0.95
    """The paper's."""
    max_new_tokens: int = 32_768
    """Tokens after which a completion is cut off."""
    limit: int = 0
    """Only so many tasks, the first; 0 takes all."""
    template: Literal["auto", "r1_zero", "chat", "question"] = "auto"
    """How a question becomes a prompt, as in a recipe."""
    system: str = ""
    """System message of the chat template."""
    instruction: str = "{question}"
    """The user's message, with {question} where the task's question goes."""
    language: str = ""
    """Measure too how consistently the thinking is in this language, such as en."""
    rows: int = 64
    """Completions sampled at the same time."""
    device: str = "auto"
    """`cpu`, `cuda`, …; auto takes the accelerator where there is one."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the matrix products."""
    seed: int = 0
    """Of the samples."""
    out: Path = Path("runs/evaluations")
    """Where the completions and scores go, a folder a model."""


def check(settings: Evaluation) -> None:
    """RecipeError where the settings cannot be."""
    if not settings.models:
        raise RecipeError("name a model: a folder or a hub name")
    if settings.verifier not in VERIFIERS:
        near = nearest(settings.verifier, list(VERIFIERS))
        raise RecipeError(f"no verifier {settings.verifier!r}; there are {', '.join(VERIFIERS)}{near}")
    for name in ("samples", "max_new_tokens", "rows"):
        if getattr(settings, name) < 1:
            raise RecipeError(f"{name} is {getattr(settings, name)}: it must be 1 or more")
    if settings.temperature <= 0:
        raise RecipeError(f"temperature is {settings.temperature}: samples of a task must differ, so use more than 0")
    if not 0 < settings.top_p <= 1:
        raise RecipeError(f"top_p is {settings.top_p}: it is a share, more than 0 and at most 1")
    if "{question}" not in settings.instruction:
        raise RecipeError("instruction has no {question}: the prompts would all be the same")


def folder_name(model: str) -> str:
    """A folder of its own for each model: its last two parts, and a hash of all of it."""
    parts = [part for part in Path(model).parts if part not in ("/", ".", "..")][-2:]
    return f"{'-'.join(parts)}-{hashlib.sha256(model.encode()).hexdigest()[:6]}"


def load(settings: Evaluation) -> list[dict[str, Any]]:
    """The tasks, each with an id; RecipeError names what is wrong."""
    name = settings.tasks
    path = Path(SETS.get(name, name))
    if name in SETS and not path.is_file():
        raise RecipeError(f"{name} is not here: make {path} with `python data/prepare.py` (data/README.md says how)")
    if name not in SETS and not path.is_file():
        raise RecipeError(f"no file {name!r}, and no set of that name{nearest(name, list(SETS))}")
    rows = [
        {"id": str(row.get("id", f"{path.stem}-{line}")), **{key: row[key] for key in row if key != "id"}}
        for line, row in read_jsonl(path, {"question": str, "ground_truth": object})
    ]
    twice = {row["id"] for row in rows}
    if len(twice) < len(rows):
        raise RecipeError(f"{path}: {len(rows) - len(twice)} ids occur twice: give each task its own")
    return rows[: settings.limit or None]


def resume(folder: Path, model: str, settings: Evaluation) -> set[str]:
    """The tasks that the folder holds already; RecipeError where they were asked in another way."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = {key: value for key, value in asdict(settings).items() if key not in ("models", "out", "limit", "device")}
    asked |= {"model": model}
    file = folder / "evaluation.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else asked
    differ = [f"{key} {before.get(key)!r}, now {asked[key]!r}" for key in asked if before.get(key) != asked[key]]
    if differ:
        raise RecipeError(f"{folder} holds an evaluation with {'; '.join(differ)}: give another --out, or delete it")
    file.write_text(json.dumps(asked, indent=1), encoding="utf-8")
    if not (folder / COMPLETIONS).is_file():
        return set()
    rows = list(rows_of(folder / COMPLETIONS))
    part = folder / f"{COMPLETIONS}.part"
    part.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")  # without a half-written end
    os.replace(part, folder / COMPLETIONS)
    return {str(row["task"]) for row in rows}
