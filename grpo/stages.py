"""The stages of a run: each has its folder, the settings it was given, and a mark once it is done."""

import hashlib
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomli_w

from .checkpoint import Interrupted, Stop
from .config import PHASES, SMALL, RecipeError, flat, nearest, tomllib
from .files import write_whole
from .loading import require_model
from .log import Log
from .presets import fill_preset
from .ranks import on_any_rank, on_first_rank
from .settings import R1, ColdStart, Preference, Recipe, Rejection, Rl, Sft

Settings = Sft | Rl | ColdStart | Rejection | Preference
DONE = "done"
CONFIG = "config.toml"
MADE = "0-made"
NOT_COMMON = ("name", "model", "make", "runs", "logger", "parallel", "sft", "rl")
COMMON = [entry.name for entry in fields(Recipe) if entry.name not in NOT_COMMON]
"""What all stages of a run share, and what is made hangs on."""
FREE = (".forward_tokens", ".recompute", ".keep_last", ".reward_timeout_s", "logger", "parallel", "vllm_memory",
        "vllm_positions")  # fmt: skip
"""These may change while a stage goes on: memory, disk, time, or what else is written, and no weight."""
FILES = {"data", "tasks", "held_out", "general", "general_held_out", "pairs", "safety"}
"""Settings that name a file."""


@dataclass(frozen=True)
class Stages:
    """Runs the stages of one run that are wanted and not done yet; called in their order."""

    cfg: Recipe | R1
    run: Path
    log: Log
    stop: Stop
    phases: Collection[int] = range(10)
    """The first digits of the stages that may be run."""

    def __call__(
        self,
        name: str,
        train: Callable[..., Path],
        settings: Settings,
        model: str | Path,
        *files: str | Path,
        result: str = "final",
        marks: tuple[str, ...] = (),
        judges: Mapping[str, Path] = MappingProxyType({}),
    ) -> Path:
        """What the stage makes: RUN/NAME/result.

        A stage of 0 steps makes nothing and gives back its model. One that is done is not run again; one that is not
        wanted is not run either, and what it would have made is missed where another stage needs it. RecipeError where
        the folder holds a stage with other settings or inputs.
        """
        out = self.run / name
        final = out / result
        if int(name[0]) not in self.phases and (out.is_dir() or not is_idle(settings)):
            return final
        model = settings.model or model
        if is_idle(settings):
            return Path(self.resolve(model))
        named = [str(getattr(settings, key, "")) for key in sorted(FILES)]
        inputs = [model, *files, *judges.values(), *(file for file in named if not file.startswith("made:"))]
        table = {
            "stage": name,
            **{key: getattr(self.cfg, key) for key in COMMON},
            "settings": without_none(asdict(settings)),
            "marks": list(marks),
            "inputs": {str(self.short(source)): self.identity(name, source) for source in inputs if str(source)},
        }
        if isinstance(settings, Rl):
            table["accuracy"] = next(iter(settings.reward), "")  # of a reward's parts, the first
        config = tomli_w.dumps(table)
        self.check(out, config, settings)
        if is_done(out) and final.exists():
            return final
        if on_any_rank(self.stop.asked):
            raise Interrupted(f"the stage before {name}")
        on_first_rank(begin, out, config)
        settings = self.resolved(settings)
        given = (self.recipe(settings),) if isinstance(settings, (Sft, Rl)) else (self.recipe(settings), settings)
        paths = [Path(self.resolve(file)) if str(file) else None for file in files]
        options: dict[str, Any] = {"marks": marks} if marks else dict(judges)
        train(*given, str(self.resolve(model)), *paths, out, log=self.log, stop=self.stop, **options)
        on_first_rank(write_whole, out / DONE, hashlib.sha256(config.encode()).hexdigest()[:12] + "\n")
        return final

    def recipe(self, settings: Settings) -> Recipe:
        """The recipe of a stage: what all share, with these settings."""
        recipe = Recipe(
            name=self.cfg.name, model=self.cfg.model, runs=self.cfg.runs, parallel=self.cfg.parallel,
            **{k: getattr(self.cfg, k) for k in COMMON},
        )  # fmt: skip
        settings = self.resolved(settings)
        if isinstance(settings, Sft):
            recipe = replace(recipe, sft=settings)
        rl = settings if isinstance(settings, Rl) else recipe.rl
        return replace(recipe, rl=fill_preset(rl))

    def resolved(self, settings: Any) -> Any:
        """The settings with the paths of what `make` wrote."""
        texts = {e.name: getattr(settings, e.name) for e in fields(settings)}
        made = {key: str(self.resolve(text)) for key, text in texts.items() if str(text).startswith("made:")}
        return replace(settings, **made)

    def resolve(self, name: str | Path) -> str | Path:
        """`made:FILE` as a path in the run; a path or a hub name as it is."""
        made = isinstance(name, str) and name.startswith("made:")
        return self.run / MADE / str(name).removeprefix("made:") if made else name

    def short(self, source: str | Path) -> str | Path:
        """Without the run's folder, which may be called otherwise tomorrow."""
        inside = isinstance(source, Path) and source.is_relative_to(self.run)
        return Path(source).relative_to(self.run) if inside else source

    def identity(self, name: str, source: str | Path) -> str:
        """What tells an input from another of the same name.

        Of another stage, also of another run, it is the mark of how it was made, of a file from elsewhere its content.
        """
        source = self.resolve(source)
        if not (isinstance(source, Path) and source.is_relative_to(self.run)):
            path = Path(source)
            mark = path.parent / DONE
            known = mark.read_text(encoding="utf-8").strip() if path.is_dir() and mark.is_file() else ""
            return content_of(path) if path.is_file() else known
        stage = self.run / source.relative_to(self.run).parts[0]
        if stage.name == MADE:
            if not source.exists():
                beside = [path.name for path in stage.glob("*")]
                raise RecipeError(f"{name}: `make` writes no {source.name!r}{nearest(source.name, beside)}")
        elif not (is_done(stage) and source.exists()):
            raise RecipeError(
                f"{name} needs what {stage.name} makes, and {stage} is not done: run phase {stage.name[0]} first "
                f"(--stages {stage.name[0]}-{name[0]}), or name another model or file in {name}'s settings"
            )
        return (stage / DONE).read_text(encoding="utf-8").strip()

    def require_inputs(self) -> None:
        """RecipeError where a wanted stage names a file or model that is not there: hours before its turn comes."""
        for entry in fields(self.cfg):
            settings = getattr(self.cfg, entry.name)
            phase = PHASES.get(entry.name)
            if phase not in self.phases or (entry.name in SMALL and not getattr(self.cfg, "small_model", "")):
                continue
            for name in FILES & {field.name for field in fields(settings)}:
                file = getattr(settings, name)
                path = Path(self.resolve(file))
                if file and not path.is_file():
                    beside = [str(other) for other in path.parent.glob("*.jsonl")]
                    raise RecipeError(f"{entry.name}.{name}: no file {str(path)!r}{nearest(str(path), beside)}")
            if settings.model:
                require_model(str(self.resolve(settings.model)))

    def check(self, out: Path, config: str, settings: Settings) -> None:
        """RecipeError where the stage in that folder was begun otherwise.

        A setting that is newer than the stage, and so has no key there, had its default.
        """
        if not out.is_dir() or {path.name for path in out.iterdir()} <= {CONFIG, f"{CONFIG}.part"}:
            return
        try:
            begun = tomllib.loads((out / CONFIG).read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise RecipeError(f"{out / CONFIG} is missing or damaged: delete {out} to run this stage again") from error
        common = {entry.name: entry.default for entry in fields(self.cfg) if entry.name in COMMON}
        wanted = tomllib.loads(config)
        own = {key: value for key, value in defaults_of(settings).items() if key in wanted["settings"]}
        begun = {**common, **begun, "settings": {**own, **begun.get("settings", {})}}
        before, now = flat(begun), flat(wanted)
        inputs = [
            {key.removeprefix("inputs."): row[key] for key in row if key.startswith("inputs.")} for row in (before, now)
        ]
        keys = [key for key in {**now, **before} if not key.startswith("inputs.") and not key.endswith(FREE)]
        keys = [key for key in keys if before.get(key) != now.get(key)]
        differ = [f"{key.removeprefix('settings.')} = {before.get(key)!r}, now {now.get(key)!r}" for key in keys]
        if inputs[0].keys() != inputs[1].keys():
            differ += [f"the inputs {', '.join(inputs[0])}, now {', '.join(inputs[1])}"]
        else:
            differ += [f"another {name}" for name in inputs[0] if inputs[0][name] != inputs[1][name]]
        if differ:
            raise RecipeError(
                f"{out} was made with {'; '.join(differ)}: go on with its values, delete that folder to make it again, "
                "or give --name another name"
            )


def begin(out: Path, config: str) -> None:
    """Make the stage's folder, with how it is made."""
    out.mkdir(exist_ok=True)
    write_whole(out / CONFIG, config)


def content_of(file: Path) -> str:
    """A short hash of the file."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]


def is_idle(settings: Settings) -> bool:
    """Whether a stage with these settings has nothing to do, and gives back its model."""
    return isinstance(settings, (Sft, Rl)) and not (settings.steps or getattr(settings, "epochs", 0))


def is_done(stage: Path) -> bool:
    """Whether the stage of that folder got to its end."""
    return (stage / DONE).is_file()


def make_once(run: Path, make: Callable[[Path, int], None], seed: int) -> None:
    """Generate into RUN/0-made, whole or not at all, unless that is done."""
    made, mark = run / MADE, f"seed {seed}\n"
    if is_done(made):
        before = (made / DONE).read_text(encoding="utf-8")
        if before == mark:
            return
        begun = [path.name for path in sorted(run.glob("[0-9]-*")) if path.is_dir() and path != made]
        if begun:
            raise RecipeError(
                f"{made} was made with {before.strip()}, now {mark.strip()}, and {begun[0]} began with it: go on with "
                "that seed, or give --name another name"
            )
    part = run / f"{MADE}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    make(part, seed)
    (part / DONE).write_text(mark, encoding="utf-8")
    shutil.rmtree(made, ignore_errors=True)
    part.rename(made)


def defaults_of(settings: Settings) -> dict[str, Any]:
    """The settings of a stage of this kind where nothing is set."""
    plain = type(settings)()
    if isinstance(plain, Rl) and isinstance(settings, Rl):
        plain = fill_preset(replace(plain, algorithm=settings.algorithm))
    return without_none(asdict(plain))


def without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    """TOML knows no null: what has no value is left out."""
    return {
        key: without_none(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if value is not None
    }
