"""The record of an R1 run as its stages leave it, with made-up numbers that move as real ones do."""

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]
STAGES = [
    "base", "small-base", "cold-start-data", "cold-start", "reasoning-rl", "reasoning-rl-without-language",
    "rejection-sampling", "sft", "reward-model", "all-scenarios-rl", "distillation", "small-rl", "evaluation",
]  # fmt: skip
MODELS = {
    "0-base": 0.13, "1-cold-start": 0.32, "2-reasoning-rl": 0.71, "2-reasoning-rl-without-language": 0.75,
    "3-sft": 0.66, "4-all-scenarios-rl": 0.72, "0-small-base": 0.06, "5-distillation": 0.48, "5-small-rl": 0.21,
}  # fmt: skip
# Accuracy and language consistency at the start and at the end of each stage of RL.
RL = {
    "reasoning-rl": ((0.3, 0.7), (0.8, 0.985)),
    "reasoning-rl-without-language": ((0.3, 0.74), (0.8, 0.62)),
    "all-scenarios-rl": ((0.66, 0.7), (0.97, 0.975)),
    "small-rl": ((0.08, 0.2), (0.7, 0.9)),
}
CONFIG = """pipeline = "r1"
name = "r1_tiny_cpu"
model = "made:base"
reasoning = "<think>"
summary = "</think>"
eval_samples = 16

[reasoning_rl]
steps = {steps}
eval_samples = 16

[all_rl]
steps = {steps}
eval_samples = 16
general = "made:general_train.jsonl"
general_steps = {general}

[small_rl]
eval_samples = 4
"""


def rises(span: tuple[float, float], share: float) -> float:
    return span[0] + (span[1] - span[0]) * (1 - math.exp(-3 * share)) / (1 - math.exp(-3))


def costs(dice: random.Random) -> Row:
    return {"tokens_per_s": dice.uniform(4000, 5000), "wall_s": 2.5, "cpu_s": 4.5, "memory_gb": dice.uniform(1.2, 1.3)}


def rl_numbers(stage: str, share: float, dice: random.Random, *, noise: float) -> Row:
    """A row of RL without its place."""
    accuracy = min(1.0, max(0.0, rises(RL[stage][0], share) + dice.gauss(0, noise)))
    language = min(1.0, rises(RL[stage][1], share) + dice.gauss(0, noise / 2))
    row = {
        "reward": accuracy + language, "accuracy": accuracy, "pass_at_k": min(1.0, accuracy + 0.2),
        "score/countdown": accuracy, "score/summary_format": rises((0.9, 1.0), share), "score/language": language,
        "completion_tokens": rises((40.0, 85.0), share) + dice.gauss(0, 40 * noise), "truncated": 0.01,
        "reflections": rises((0.6, 3.1), share) + dice.gauss(0, noise), "entropy": rises((0.4, 0.08), share),
    }  # fmt: skip
    if stage == "all-scenarios-rl" and share > 0.5:
        row["score/helpful"] = rises((0.42, 0.93), 2 * share - 1)
        row["accuracy"] -= 0.06 * (2 * share - 1) ** 2
    return row


def stage_rows(stage: str, steps: int, dice: random.Random) -> Iterator[Row]:
    """The rows of metrics.jsonl that this stage leaves."""
    if stage in RL:
        for step in range(steps + 1):
            place, share = {"stage": stage, "step": step}, step / steps
            if step:
                row = rl_numbers(stage, share, dice, noise=0.06)
                watched = {"kl": 0.02 * share, "clip_fraction": 0.001, "silent_groups": share / 2, "loss": 0.0}
                yield {**place, "split": "train", **row, **watched, **costs(dice)}
            if step % max(1, steps // 8) == 0 or step == steps:
                row = rl_numbers(stage, share, dice, noise=0.012)
                row["cons_at_k"] = min(1.0, row["accuracy"] + 0.1)
                if stage == "all-scenarios-rl":
                    row["score/helpful"] = 0.42 if share <= 0.5 else row["score/helpful"]
                yield {**place, "split": "held_out", **row}
    elif stage == "rejection-sampling":
        for step in range(1, 5):
            counts = {"sampled": 768 * step, "kept": 301 * step, "rejected/wrong answer": 280 * step}
            counts |= {"rejected/mixed languages": 120 * step, "rejected/more than 4 of a task": 60 * step}
            yield {
                "stage": stage,
                "split": "train",
                "step": step,
                **counts,
                "rejected/duplicate": 7 * step,
                **costs(dice),
            }
    elif stage == "evaluation":
        for step, (model, accuracy) in enumerate(MODELS.items()):
            row = rl_numbers("reasoning-rl", 1.0, dice, noise=0.02) | {"accuracy": accuracy}
            row |= {"accuracy_low": accuracy - 0.03, "accuracy_high": accuracy + 0.035, "cons_at_k": accuracy + 0.08}
            yield {"stage": stage, "split": "held_out", "step": step, "model": model, **row, "score/helpful": 0.5}
    else:
        for step in range(1, 2 * steps + 1):
            loss = 0.3 + 3 * math.exp(-5 * step / steps) + dice.gauss(0, 0.02)
            row = {"stage": stage, "split": "train", "step": step, "loss": loss, "lr": 1e-3, **costs(dice)}
            yield row | ({"accuracy": rises((0.5, 0.93), step / steps / 2)} if stage == "reward-model" else {})
        if stage == "reward-model":
            for step, accuracy in ((0, 0.48), (2 * steps, 0.912)):
                yield {"stage": stage, "split": "held_out", "step": step, "accuracy": accuracy, "ece": 0.03}


def completion(right: bool, doubts: bool) -> str:
    first = "so 5 +3=8 -2=6 -4=2 off -4 no\n" + ("wait " if doubts else "so ")
    tried = "5 -3=2 +2=4 +4=8 off 2 no\nso " if not doubts else ""
    return f"<think>{first}{tried}5 +3=8 +2=10 -4=6 off 0 yes</think>The answer is 5 +3 +2 -4={6 if right else 5}."


def rollout(stage: str, split: str, step: int, task: str, right: bool, doubts: bool, **more: Any) -> Row:
    verdicts = {
        "countdown": {
            "score": float(right),
            "reason": "CORRECT" if right else "WRONG",
            "answer": "5+3+2-4",
            "note": "",
        },
        "summary_format": {"score": 1.0, "reason": "CORRECT", "answer": None, "note": ""},
        "language": {"score": 0.97, "reason": "CORRECT", "answer": None, "note": ""},
    }
    row = {
        "stage": stage, "split": split, "step": step, "task": task, "prompt": f"{task}\n",
        "ground_truth": {"target": 6},
        "completion": completion(right, doubts), "reward": 1.0 + right, "verdicts": verdicts, "tokens": 44,
        "truncated": False,
    }  # fmt: skip
    return row | more


def stage_rollouts(stage: str, steps: int, dice: random.Random, tasks: int = 12) -> Iterator[Row]:
    for step in range(steps + 1) if stage in RL else ():
        places = [("train", step)] * (step > 0) + [("held_out", step)] * (step in (0, steps // 2, steps))
        for split, at in places:
            for number in range(tasks):
                right, doubts = dice.random() < 0.2 + 0.6 * step / steps, dice.random() < 0.7 * step / steps
                yield rollout(stage, split, at, f"5,3,2,{number}:6?", right, doubts)


def lines(rows: Iterator[Row] | list[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def make_r1_run(folder: Path, *, until: str = "evaluation", steps: int = 8, seed: int = 0, without: str = "") -> Path:
    """A run that ended with the stage `until`, having left out the stage `without`."""
    folder.mkdir(parents=True)
    done = [stage for stage in STAGES[: STAGES.index(until) + 1] if stage != without]
    dice = random.Random(seed)
    (folder / "metrics.jsonl").write_text(lines([row for stage in done for row in stage_rows(stage, steps, dice)]))
    (folder / "rollouts.jsonl").write_text(lines([row for stage in done for row in stage_rollouts(stage, steps, dice)]))
    (folder / "config.toml").write_text(CONFIG.format(steps=steps, general=steps // 2))
    if "reward-model" in done:
        bins = [{"from": i / 10, "count": 40 + 5 * i, "predicted": i / 10 + 0.05, "observed": (i + 0.5) ** 1.05 / 11.5}
                for i in range(10)]  # fmt: skip
        found = {"rows": 250, "accuracy": 0.912, "ece": 0.031, "accuracy_longer": 0.95, "accuracy_shorter": 0.874}
        found |= {"rows_longer": 125, "rows_shorter": 125, "length_correlation": 0.08, "reliability": bins}
        (folder / "4-reward-model").mkdir()
        (folder / "4-reward-model" / "calibration.json").write_text(json.dumps(found))
    if "evaluation" in done:
        (folder / "evaluation").mkdir()
        for model, share in (("0-base", 0.1), ("4-all-scenarios-rl", 0.8)):
            told = [
                rollout("evaluation", "held_out", 0, f"5,3,2,{n}:6?", dice.random() < share, n % 2 == 0)
                for n in range(12)
            ]
            (folder / "evaluation" / f"{model}.jsonl").write_text(lines(told))
    return folder
