"""A run read back: its rows, its config, and its stages in the pipeline's order."""

import difflib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .config import RecipeError, tomllib
from .log import METRICS, read_metrics, stage_name

Row = dict[str, Any]

# Stages of R1 and their tables in the config; `sft` and `rl` are R1-Zero's too.
SECTIONS = {
    "base": "pretraining", "small-base": "small_pretraining", "cold-start-data": "cold_start_data",
    "cold-start": "cold_start", "reasoning-rl": "reasoning_rl", "rejection-sampling": "rejection", "sft": "sft",
    "rl": "rl", "reward-model": "reward_model", "safety-model": "", "all-scenarios-rl": "all_rl",
    "distillation": "distillation", "small-rl": "small_rl", "evaluation": "",
}  # fmt: skip
CONFIG = "config.toml"
CALIBRATION = "4-reward-model/calibration.json"
WITHOUT = "reasoning-rl-without-"
MODELS = ["0-base", "1-cold-start", "2-reasoning-rl", f"2-{WITHOUT}", "3-sft", "4-all-scenarios-rl"]
SMALL = ["0-small-base", "5-small-rl", "5-distillation"]


@dataclass(frozen=True)
class Run:
    """What is known of a run, which may have been stopped anywhere."""

    folder: Path
    rows: list[Row]
    config: Row = field(default_factory=dict)
    calibration: Row = field(default_factory=dict)
    """The reward model's, as its stage wrote it."""
    own: dict[str, Row] = field(default_factory=dict)
    """The settings that stages were run with; the config's may be of a later command for other stages."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.absolute().name

    @property
    def stages(self) -> list[str]:
        """Those that left a row, in the pipeline's order; an unknown one stays behind the one before it."""
        found = list(dict.fromkeys(str(row.get("stage")) for row in self.rows))
        places: dict[str, tuple[int, int]] = {}
        for place, name in enumerate(found):
            before = places[found[place - 1]][0] if place else 0
            places[name] = (list(SECTIONS).index(stem(name)) if stem(name) in SECTIONS else before, place)
        return sorted(found, key=places.__getitem__)

    @property
    def rl_stages(self) -> list[str]:
        """Those that are RL, of whichever phase."""
        return [name for name in self.stages if "rl" in name.split("-")]

    @property
    def is_r1(self) -> bool:
        """Whether the pipeline is all of R1's; a run without a config says so by its stages."""
        return self.config.get("pipeline") == "r1" or any(
            stem(name) in SECTIONS and name not in ("sft", "rl", "evaluation") for name in self.stages
        )

    @property
    def main_stage(self) -> str:
        """The RL whose first and last measurement sum the run up; empty where there was none."""
        return next((name for name in ("rl", "reasoning-rl", *self.rl_stages) if name in self.rl_stages), "")

    @property
    def ablated(self) -> str:
        """The part of the reward that a second reasoning RL went without; empty where there was none."""
        return next((name.removeprefix(WITHOUT) for name in self.stages if name.startswith(WITHOUT)), "")

    def of(self, stage: str, split: str = "") -> list[Row]:
        """The rows of a stage, or of one split of it."""
        own = [row for row in self.rows if str(row.get("stage")) == stage]
        return [row for row in own if row.get("split") == split] if split else own

    def settings(self, stage: str) -> Row:
        """The stage's own, or where it left none its table of the config."""
        table = self.own.get(stage) or self.config.get(SECTIONS.get(stem(stage), ""))
        return table if isinstance(table, dict) else {}

    def k(self, stage: str) -> str:
        """How many completions a held-out task got: a number, or the letter where the config does not say."""
        told = (self.config if stage == "evaluation" else self.settings(stage)).get("eval_samples")
        return str(told) if isinstance(told, int) else "k"

    def evaluations(self) -> dict[str, Row]:
        """The last measurement of each checkpoint: the large model's in order, then the small one's."""
        rows = {str(row["model"]): row for row in self.of("evaluation", "held_out") if row.get("model")}

        def place(name: str) -> int:
            known = enumerate([*MODELS, *SMALL])
            return next((i for i, one in known if name == one or (one.endswith("-") and name.startswith(one))), 99)

        return {name: rows[name] for name in sorted(rows, key=place)}

    def teacher(self) -> str:
        """The best-trained large checkpoint that was measured."""
        rows = self.evaluations()
        return next((name for name in ("4-all-scenarios-rl", "3-sft", "2-reasoning-rl") if name in rows), "")


def stem(stage: str) -> str:
    """The stage that an ablation is one of."""
    return "reasoning-rl" if stage.startswith(WITHOUT) else stage


def number(row: Row, key: str) -> float | None:
    """The row's number of that name; None where there is none, or one that cannot be drawn."""
    value = row.get(key)
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def load_run(folder: Path) -> Run:
    """The run in that folder, or an error that names the one that was meant."""
    folder = Path(folder)
    rows = read_metrics(folder) if (folder / METRICS).is_file() else []
    if not rows:
        others = {file.parent.name for file in folder.absolute().parent.glob(f"*/{METRICS}") if file.stat().st_size}
        near = difflib.get_close_matches(folder.name, sorted(others - {folder.name}), n=1, cutoff=0)
        hint = f"did you mean {folder.parent / near[0]}?" if near else "give the folder of a run, such as runs/NAME"
        state = "is empty" if (folder / METRICS).is_file() else "does not exist"
        raise RecipeError(f"{folder / METRICS} {state}: {hint}")
    config = read_config(folder)
    own = {stage_name(file.parent): read_config(file.parent) for file in folder.glob(f"[0-9]-*/{CONFIG}")}
    own = {stage: table["settings"] for stage, table in own.items() if isinstance(table.get("settings"), dict)}
    try:
        calibration = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        calibration = {}
    return Run(folder, rows, config, calibration if isinstance(calibration, dict) else {}, own)


def read_config(folder: Path) -> Row:
    """What the folder's config.toml says; nothing where it cannot be read, for figures need it for labels only."""
    try:
        return tomllib.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
