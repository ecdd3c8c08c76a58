"""What an evaluation asks: the settings, the models, the tasks."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from verifiers import VERIFIERS

from .config import RecipeError, check_engine, nearest
from .loading import require_model
from .tasks import read_jsonl

SETS = {
    "gsm8k": ("gsm8k_test.jsonl", "gsm8k"),
    "math500": ("math_500.jsonl", "math"),
    "aime24": ("aime_2024.jsonl", "aime_2024"),
    "aime25": ("aime_2025.jsonl", "aime_2025"),
}
"""Public sets by name → their file in data/, and how data/prepare.py, which writes it, calls the set."""
MODEL_FILES = (".safetensors", ".bin", ".json", ".jinja", ".model", ".txt")


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is asked of the models."""

    models: Annotated[tuple[str, ...], tyro.conf.Positional]
    """Folders or hub names; a run's folder stands for the models of all its finished stages."""
    tasks: str
    """JSONL of {question, ground_truth}, optionally `level`; or a set by name: gsm8k, math500, aime24, aime25."""
    verifier: str = "accuracy"
    """By whom a completion is judged."""
    samples: int = 4
    """Completions of each task (k)."""
    pass_at: tuple[int, ...] = ()
    """Further k of pass@k, each at most `samples`."""
    temperature: float = 0.6
    """The paper's; it advises against greedy decoding."""
    top_p: float = 0.95
    """The paper's."""
    max_new_tokens: int = 32_768
    """Tokens after which a completion is cut off."""
    limit: int = 0
    """Score only so many tasks, the first; 0 takes all. Sampled are whole batches, so that a later, larger limit goes
    on from what is done."""
    template: Literal["auto", "r1_zero", "chat", "question"] = "auto"
    """How a question becomes a prompt, as in a recipe."""
    system: str = ""
    """System message of the chat template."""
    instruction: str = "{question}"
    """The user's message, with {question} where the task's question goes."""
    reasoning: str = "<think>"
    """The token before the reasoning, where completions are reasoning and summary."""
    summary: str = "</think>"
    """The token between the two."""
    language: str = ""
    """Measure too how consistently the thinking is in this language, such as en."""
    rows: int = 64
    """Completions sampled at the same time: a batch is as many tasks as have so many."""
    engine: str = "transformers"
    """What samples, as in a recipe."""
    device: str = "auto"
    """`cpu`, `cuda`, …; auto takes the accelerator where there is one."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the matrix products."""
    seed: int = 0
    """Of the samples."""
    out: Path = Path("runs/evaluations")
    """Where completions and scores go: a folder a file of tasks, in it one a model."""


def check(settings: Evaluation) -> None:
    """RecipeError where the settings cannot be."""
    check_engine(settings.engine)
    if not settings.models:
        raise RecipeError("name a model: a folder or a hub name")
    if settings.verifier not in VERIFIERS:
        near = nearest(settings.verifier, list(VERIFIERS))
        raise RecipeError(f"no verifier {settings.verifier!r}; there are {', '.join(VERIFIERS)}{near}")
    for name in ("samples", "max_new_tokens", "rows"):
        if getattr(settings, name) < 1:
            raise RecipeError(f"{name} is {getattr(settings, name)}: it must be 1 or more")
    if settings.limit < 0:
        raise RecipeError(f"limit is {settings.limit}: it must be 1 or more, or 0 for all tasks")
    for k in settings.pass_at:
        if not 1 <= k <= settings.samples:
            raise RecipeError(f"pass_at names {k}: with {settings.samples} samples it must be 1 to {settings.samples}")
    if not 0 < settings.temperature < float("inf"):
        raise RecipeError(f"temperature is {settings.temperature}: samples of a task must differ, so use more than 0")
    if not 0 < settings.top_p <= 1:
        raise RecipeError(f"top_p is {settings.top_p}: it is a share, more than 0 and at most 1")
    if "{question}" not in settings.instruction:
        raise RecipeError("instruction has no {question}: the prompts would all be the same")


def find_models(names: Sequence[str]) -> list[str]:
    """The models that the names stand for, each once; a run's folder is the models of its finished stages, in order."""
    found: dict[str, str] = {}
    for name in names:
        folder = Path(name)
        stages = [folder] if (folder / "final").is_dir() else sorted(folder.glob("*-*"))
        finals = [stage / "final" for stage in stages if (stage / "final" / "config.json").is_file()]
        if folder.is_dir() and not (folder / "config.json").is_file() and (folder / "metrics.jsonl").is_file():
            if not finals:
                raise RecipeError(f"the run {name!r} has no finished stage yet: its models appear in NAME/final")
        elif (folder / "config.json").is_file() or not finals:
            require_model(name)
            finals = [folder]
        for final in finals:
            if final is folder or writes_text(final):
                model = name if final is folder else str(final)
                found.setdefault(identity(model), model)
    if not found:
        raise RecipeError(f"{', '.join(names)}: none of the models there writes text")
    return list(found.values())


def writes_text(folder: Path) -> bool:
    """Whether it is no reward model, whose head is one of classification."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return not any("SequenceClassification" in name for name in config.get("architectures") or ())
    except (ValueError, AttributeError, TypeError) as error:
        raise RecipeError(f"{folder / 'config.json'} is damaged: {error}") from error


def identity(model: str) -> str:
    """The folder's own path, however it was spelled; else the hub name."""
    return str(Path(model).resolve()) if Path(model).is_dir() else model


def folder_name(model: str) -> str:
    """A folder of its own for each model: its last two parts, and a hash of all of it."""
    parts = [part for part in Path(identity(model)).parts if part not in ("/", "final")][-2:]
    return f"{'-'.join(parts)}-{hashlib.sha256(identity(model).encode()).hexdigest()[:6]}"


def sha256_of(*files: Path) -> str:
    """One hash of the files' names and contents."""
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(repr((file.name, file.stat().st_size)).encode())
            with file.open("rb") as content:
                while block := content.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise RecipeError(f"{file} cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def weights_of(model: str) -> str:
    """A hash of the files of a model's folder; of a hub name its own name is all that is known."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    return sha256_of(*sorted(file for file in folder.iterdir() if file.is_file() and file.suffix in MODEL_FILES))


def task_file(name: str) -> Path:
    """The file of tasks: a path; or a set's, in data/ here or in the checkout that this package lies in."""
    if name not in SETS:
        if not Path(name).exists():
            raise RecipeError(f"no file {name!r}, and no set of that name{nearest(name, list(SETS))}")
        return Path(name)
    file, published = SETS[name]
    own = Path("data") / file
    places = [own, Path(__file__).resolve().parents[1] / own]
    for place in places:
        if place.is_file():
            return place
    raise RecipeError(
        f"the tasks of {name} are not here: make {own} with `python data/prepare.py {published} FILE -o {own}` in a "
        "checkout (data/README.md says which FILE), and start from there"
    )


def load(path: Path) -> list[dict[str, Any]]:
    """The tasks, each with an id and a level, which may be empty; RecipeError names what is wrong."""
    rows = [
        {**row, "id": str(row["id"]) if row.get("id") is not None else f"{path.stem}-{line}"}
        | {"level": str(row["level"]) if row.get("level") is not None else ""}
        for line, row in read_jsonl(path, {"question": str, "ground_truth": object})
    ]
    seen: set[str] = set()
    for row in rows:
        if row["id"] in seen:
            raise RecipeError(f"{path}: the id {row['id']!r} occurs twice: give each task its own")
        seen.add(row["id"])
    return rows
