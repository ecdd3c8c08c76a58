"""A step whose numbers are not finite is stopped before it reaches the weights, and its batch is kept for replay."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from verifiers import Reward

from .config import save_recipe
from .generate import Rollout
from .gradients import Diverged
from .groups import Group
from .policy import Policy, save_policy
from .ranks import on_first_rank
from .settings import Recipe
from .shards import whole
from .tasks import Task, read_jsonl, write_jsonl

BATCH, STEP, CONFIG, MODEL, REFERENCE = "batch.jsonl", "step.json", "config.toml", "model", "reference"
REWARDS, SAMPLED, LOGPS, LOSS = "rewards", "the sampler's log-probs", "log-probs", "the loss"
WHAT_TO_DO = {
    REWARDS: "no lr mends a reward that is no number: mend the verifier",
    SAMPLED: "the sampler's weights or logits have overflowed, often by the step before, which a smaller lr prevents",
    LOGPS: "weights or logits have overflowed, often by the step before, which a smaller lr prevents",
    LOSS: "a ratio or a KL has overflowed: besides a smaller lr, a narrower clip or fewer minibatches prevent it",
}
"""By what is not finite; the first is the cause of the others."""


def not_finite(**numbers: Tensor) -> list[str]:
    """The names, of those in WHAT_TO_DO by their constants, of the tensors that hold a NaN or an infinity."""
    names = {"rewards": REWARDS, "sampled": SAMPLED, "logps": LOGPS, "loss": LOSS}
    return [names[name] for name, tensor in numbers.items() if not tensor.isfinite().all()]


@contextmanager
def guarded(
    out: Path, step: int, groups: Sequence[Group], recipe: Recipe, model: str, policy: Policy, reference: Policy | None,
    old: Sequence[Tensor] | None = None,
) -> Iterator[None]:  # fmt: skip
    """Around an update on these groups: one that diverges leaves OUT/bad-step-N, and says how to look into it."""
    try:
        yield
    except Diverged as error:
        said = [WHAT_TO_DO[name] for name in WHAT_TO_DO if name in error.found][:1]
        broken = [name for name, weights in policy.model.named_parameters() if not whole(weights).isfinite().all()]
        if broken:
            said.append(f"{len(broken)} weights were not finite before this step, {broken[0]} the first")
        folder = out / f"bad-step-{step}"
        about = {"step": step, "found": error.found, "broken": broken, "model": model, "checkpoint": str(out)}
        on_first_rank(keep_batch, folder, groups, recipe, about, old)
        if not broken:
            save_policy(policy, folder / MODEL)
            if reference and not reference.bare:  # else it is the model that the stage began with
                save_policy(reference, folder / REFERENCE)
        said.append(f"step {step} has not reached the weights, and its batch is in {folder}")
        raise Diverged(
            f"{error}; {'; '.join(said)}: python -m grpo.replay {folder} says which rollout it was", error.found
        ) from error


def keep_batch(
    folder: Path, groups: Sequence[Group], recipe: Recipe, about: dict[str, Any], old: Sequence[Tensor] | None
) -> None:
    """Write the rollouts as they were trained on, the settings, and what is known of the step."""
    shutil.rmtree(folder, ignore_errors=True)  # of the same command given again
    folder.mkdir(parents=True)
    lines: list[dict[str, Any]] = []
    for g, group in enumerate(groups):
        for rollout, completion, reward in zip(group.rollouts, group.completions, group.rewards, strict=True):
            line = {"group": g, "task": group.task.id, "question": group.prompt}
            line |= {"ground_truth": group.task.ground_truth, "prompt_ids": group.prompt_ids, **asdict(rollout)}
            line |= {"completion": completion, "reward": reward.value}
            line |= {"old": old[len(lines)].tolist()} if old else {}
            lines.append(line)
    write_jsonl(folder / BATCH, lines)
    save_recipe(recipe, folder / CONFIG)
    (folder / STEP).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def read_batch(folder: Path) -> tuple[list[Group], list[Tensor] | None, dict[str, Any]]:
    """What `keep_batch` wrote: the groups, the old policy's log-probs where they were apart, and what is known."""
    groups: list[Group] = []
    old = []
    columns = {"group": int, "task": str, "prompt_ids": list, "ids": list, "logps": list, "reward": object}
    for _, line in read_jsonl(folder / BATCH, columns):
        if line["group"] == len(groups):
            task = Task(line["task"], line["question"], line["ground_truth"])
            groups.append(Group(task, line["question"], line["prompt_ids"], [], [], []))
        group = groups[-1]
        group.rollouts.append(Rollout(line["ids"], line["logps"], line["entropy"], line["truncated"]))
        group.completions.append(line["completion"])
        group.rewards.append(Reward(line["reward"], {}))
        old += [torch.tensor(line["old"])] if "old" in line else []
    return groups, old or None, json.loads((folder / STEP).read_text(encoding="utf-8"))
