"""A stopped step once more, rollout by rollout: which of them has numbers that are not finite?

python -m grpo.replay runs/NAME/2-rl/bad-step-N
"""

import argparse
import functools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .checkpoint import load_checkpoint
from .config import RecipeError, read_toml
from .groups import Group
from .guard import CONFIG, MODEL, REFERENCE, STEP, read_batch
from .loading import quiet_transformers
from .lora import add_adapters
from .objective import group_advantages, grpo_loss, kl_rewards, token_weights
from .passes import passes_of
from .policy import Policy, completion_logps, load_policy
from .presets import fill_preset, loss_settings
from .settings import Recipe, Rl


@dataclass(frozen=True)
class Look:
    """What one rollout's forward and backward pass give."""

    task: str
    reward: float | None
    advantage: float
    loss: float
    grad_norm: float
    logps: Tensor
    sampled: Tensor

    @property
    def faults(self) -> list[str]:
        """What is not finite; its log-probs with the place of the first."""
        found = []
        for name, values in (("log-prob", self.logps), ("the sampler's log-prob", self.sampled)):
            places = (~values.isfinite()).nonzero()[:, 0].tolist()
            found += [f"{name} of token {places[0]} and {len(places) - 1} more"] if places else []
        numbers = {"reward": self.reward, "advantage": self.advantage, "loss": self.loss, "gradient": self.grad_norm}
        return found + [name for name, value in numbers.items() if value is not None and not math.isfinite(value)]


def look(
    policy: Policy, reference: Policy | None, groups: Sequence[Group], rl: Rl, old: Sequence[Tensor] | None = None
) -> list[Look]:
    """Each rollout by itself, with its weight in the loss of the whole batch, as in `update`."""
    if rl.loss is None or rl.advantage is None or rl.ratio is None or rl.surrogate is None:
        raise ValueError("the preset's values are missing: pass the settings through fill_preset first")
    if rl.clip_low is None or rl.clip_high is None or rl.kl_coef is None:
        raise ValueError("the preset's values are missing: pass the settings through fill_preset first")
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards = [reward.value for group in groups for reward in group.rewards]
    rewards_B = torch.tensor([torch.nan if value is None else value for value in rewards])
    tasks = [group.task.id for group in groups for _ in group.rollouts]
    sampler_BT = pad_sequence([torch.tensor(rollout.logps) for rollout in rollouts], batch_first=True)
    old_BT = pad_sequence(list(old), batch_first=True) if old else sampler_BT
    lengths_B = torch.tensor([len(rollout.ids) for rollout in rollouts])
    mask_BT = (torch.arange(int(lengths_B.max())) < lengths_B[:, None]) & ~rewards_B.isnan()[:, None]
    passes = {b: passes_of(groups, [b], rl.forward_tokens, padded=False)[0][1] for b in range(len(rollouts))}
    ref_BT = None
    if reference:
        with torch.no_grad():
            refs = [completion_logps(reference, *passes[b], temperature=rl.temperature)[0].cpu() for b in passes]
        ref_BT = pad_sequence(refs, batch_first=True)
        if rl.kl_in == "reward":
            rewards_B = kl_rewards(rewards_B, old_BT, ref_BT, mask_BT, kl_coef=rl.kl_coef, kl=rl.kl)
            ref_BT = None
    advantages_B = group_advantages(rewards_B.view(len(groups), -1), rl.advantage).flatten()
    if rl.mask_truncated:
        mask_BT = mask_BT & ~torch.tensor([rollout.truncated for rollout in rollouts])[:, None]
    weights_BT = token_weights(mask_BT, rl.loss, max_new_tokens=rl.max_new_tokens)
    looks = []
    for b, ids in passes.items():
        length = int(lengths_B[b])
        own = slice(b, b + 1)
        logps_1T = completion_logps(policy, *ids, temperature=rl.temperature)
        loss, _ = grpo_loss(
            logps_1T,
            old_BT[own, :length].to(policy.device),
            None if ref_BT is None else ref_BT[own, :length].to(policy.device),
            advantages_B[own].to(policy.device),
            weights_BT[own, :length].to(policy.device),
            sampler_logps_BT=sampler_BT[own, :length].to(policy.device),
            **loss_settings(rl),
        )
        loss.backward()
        grads = [weights.grad for weights in policy.model.parameters() if weights.grad is not None]
        norm = torch.stack([grad.norm() for grad in grads]).norm().item()
        policy.model.zero_grad(set_to_none=True)
        numbers = rewards[b], advantages_B[b].item(), loss.item(), norm
        looks.append(Look(tasks[b], *numbers, logps_1T[0].detach().cpu(), sampler_BT[b, :length]))
    return looks


def load(folder: Path) -> tuple[Recipe, Policy, Policy | None, str]:
    """The recipe, the policy from before the step, its reference, and where the policy's weights are from."""
    recipe = read_toml(folder / CONFIG)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{folder / CONFIG} is no recipe of one stage")
    _, _, about = read_batch(folder)
    begin = functools.partial(load_policy, device=recipe.device, bfloat16=recipe.precision == "bfloat16")
    kept = (folder / MODEL).is_dir()
    policy = begin(str(folder / MODEL) if kept else about["model"])
    if not kept:
        rl = recipe.rl
        add_adapters(policy.model, rank=rl.lora_rank, alpha=rl.lora_alpha, targets=rl.lora_targets, seed=recipe.seed)
        load_checkpoint(Path(about["checkpoint"]), model=policy.model)
    base = folder / REFERENCE
    reference = begin(str(base) if base.is_dir() else about["model"]) if recipe.rl.kl_coef else None
    source = "as they were" if kept else "of the stage's last checkpoint"
    return recipe, policy, reference, source


def extremes(values: Tensor) -> str:
    """The least and the largest, for a table; a NaN is both."""
    low, high = (values.min().item(), values.max().item()) if values.numel() else (math.nan, math.nan)
    return f"{low:.4g} … {high:.4g}"


def table_of(looks: Sequence[Look]) -> Table:
    """A line a rollout."""
    table = Table(title="the rollouts of the stopped step", title_justify="left")
    numbers = "reward", "advantage", "tokens", "loss", "gradient", "ratio", "log-probs"
    for heading in ("", "task", *numbers, "not finite"):
        table.add_column(heading, overflow="fold")
    for b, one in enumerate(looks):
        given = "–" if one.reward is None else f"{one.reward:.4g}", f"{one.advantage:.4g}", str(len(one.logps))
        passed = f"{one.loss:.4g}", f"{one.grad_norm:.4g}", extremes((one.logps - one.sampled).exp())
        table.add_row(str(b), one.task, *given, *passed, extremes(one.logps), ", ".join(one.faults))
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and the verdict; the exit status is 0 where every number is finite."""
    said = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m grpo.replay", description=__doc__, formatter_class=said)
    parser.add_argument("folder", type=Path, help="the stage's bad-step-N")
    folder = parser.parse_args(argv).folder
    quiet_transformers()
    try:
        if not (folder / STEP).is_file():
            raise RecipeError(f"{folder} holds no {STEP}: give the folder bad-step-N of a stage")
        groups, old, about = read_batch(folder)
        recipe, policy, reference, source = load(folder)
        looks = look(policy, reference, groups, fill_preset(recipe.rl), old)
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    Console().print(table_of(looks))
    print(f"step {about['step']}; stopped for {', '.join(about['found']) or 'its gradient'}; weights: {source}")
    for name in about["broken"][:3]:
        print(f"not finite before the step: {name}")
    faults = [b for b, one in enumerate(looks) if one.faults]
    found = f"not finite: rollout {', '.join(map(str, faults))}"
    print(found if faults else "with these weights every number is finite")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
