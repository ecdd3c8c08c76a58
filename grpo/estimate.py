"""What a recipe will take of memory and time on this machine, before it is run: `--dry-run`.

Memory is the arithmetic of `memory.py`. Time is that of a part of one step, done for real and thrown away, scaled to
all steps: completions as long as the model writes them now, or where SFT comes before, as long as those of its data,
and where there is no data yet, a share of the most; RL may change that length, and a step's time with it. No group is
silent, but with refill half of them; without rewards and checkpoints. Where sampling that part would take too long,
completions are taken to be as long as they may be. Nothing is written.
"""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from verifiers import Reward

from .config import PHASES, SMALL, phases_of
from .estimate_sampling import (
    Seconds,
    costs_of,
    draw_rows,
    drawn_from,
    rounds_of,
    sampling_seconds,
    targets,
    timed,
)
from .generate import Rollout
from .gradients import clip_gradients
from .groups import Group
from .loading import pick_device
from .lora import add_adapters
from .memory import Memory, Shape, free_memory, rl_memory, sft_memory, shape_of, with_engine
from .optimizer import make_optimizer
from .packed import packs
from .passes import passes_of
from .policy import Policy, completion_logps, load_policy
from .prompts import make_prompts
from .settings import R1, Recipe, Rl, Sft
from .sft import load_pairs, sft_step
from .stages import Stages, is_idle, make_once
from .tasks import Task, pick, read_jsonl

PROBE_TOKENS = 8192
"""Tokens of a timed update at most, but for one group or completion."""
SHARE = 1 / 3
"""Of max_new_tokens, the mean completion of a policy that is trained first on what is not there yet."""

Update = Callable[..., Any]
"""`train.update`; train.py ends with the paper and imports this module."""


@dataclass(frozen=True)
class Estimate:
    """Of one stage; the seconds are None where the model does not fit, and so nothing could be timed."""

    stage: str
    memory: Memory
    steps: int = 0
    tokens: float = 0
    """Mean tokens a completion."""
    why: str = ""
    """Where that mean is from."""
    rounds: list[int] = field(default_factory=list)
    """Groups sampled in a step, at first and in each round of refill."""
    sampling: Seconds | None = None
    """Of a step."""
    update: Seconds | None = None
    """Of a step."""
    held_out: Seconds | None = None
    """Of all measurements on held-out tasks."""

    @property
    def total(self) -> Seconds | None:
        """Of the whole stage."""
        if self.sampling is None or self.update is None:
            return None
        return self.steps * (self.sampling + self.update) + (0 if self.held_out is None else self.held_out)


def estimate(recipe: Recipe | R1, makers: Mapping[str, Callable[[Path, int], None]], update: Update) -> list[Estimate]:
    """Of each stage that trains; what `make` makes is made in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        if recipe.make:
            make_once(run, makers[recipe.make], recipe.seed)
        nothing: Any = None
        stages = Stages(recipe, run, log=nothing, stop=nothing)  # it is only asked for paths
        every = trained(recipe)
        return [
            estimate_stage(
                name, stages.recipe(settings), settings, str(stages.resolve(model)), update,
                as_it_is=bool(settings.model) or place == 0, data=str(stages.resolve(taught(recipe, every, place))),
            )
            for place, (name, settings, model) in enumerate(every)
        ]  # fmt: skip


def trained(recipe: Recipe | R1) -> list[tuple[str, Sft | Rl, str]]:
    """The stages that train a policy: name, settings, and a model of the same shape as theirs."""
    names, small_model = [entry.name for entry in fields(recipe)], ""
    if isinstance(recipe, R1):
        small_model, wanted = recipe.small_model, phases_of(recipe.stages)
        names = [key for key, phase in PHASES.items() if phase in wanted and (small_model or key not in SMALL)]
    every = [(name, getattr(recipe, name)) for name in names]
    return [
        (name, settings, settings.model or (small_model if name in SMALL else recipe.model))
        for name, settings in every
        if isinstance(settings, (Sft, Rl)) and not is_idle(settings)
    ]


def taught(recipe: Recipe | R1, every: Sequence[tuple[str, Sft | Rl, str]], place: int) -> str:
    """The data of the SFT that the stage's model comes from; empty where there is none, or it will yet be made."""
    before = [
        (name, settings)
        for name, settings, _ in every[:place]
        if isinstance(settings, Sft) and name != "distillation" and (name in SMALL) == (every[place][0] in SMALL)
    ]
    if not before or every[place][1].model:
        return ""
    name, settings = before[-1]
    if isinstance(recipe, R1) and name == "cold_start" and recipe.cold_start_data.source == "file":
        return settings.data or recipe.cold_start_data.data
    return settings.data


def estimate_stage(
    name: str, recipe: Recipe, settings: Sft | Rl, model: str, update: Update, *, as_it_is: bool, data: str = ""
) -> Estimate:
    """Memory by arithmetic; if that is there, time by a probe.

    `as_it_is`: no stage before this one trains the model; else `data` is what it was last taught, where that is there.
    """
    bfloat16, shape = recipe.precision == "bfloat16", shape_of(model)
    if isinstance(settings, Sft):
        memory = sft_memory(shape, recipe.sft, bfloat16=bfloat16)
    else:
        memory = with_engine(rl_memory(shape, recipe.rl, bfloat16=bfloat16), shape, recipe)
    if memory.peak > free_memory(pick_device(recipe.device)):
        return Estimate(name, memory, settings.steps)
    policy = load_policy(model, device=recipe.device, bfloat16=bfloat16, recompute=settings.recompute)
    if isinstance(settings, Sft):
        return sft_estimate(name, policy, recipe, shape)
    rl = recipe.rl
    add_adapters(policy.model, rank=rl.lora_rank, alpha=rl.lora_alpha, targets=rl.lora_targets, seed=recipe.seed)
    return rl_estimate(name, policy, recipe, shape, update, as_it_is=as_it_is, data=data)


def rl_estimate(
    name: str, policy: Policy, recipe: Recipe, shape: Shape, update: Update, *, as_it_is: bool, data: str = ""
) -> Estimate:
    """A step's rollouts and update, and all measurements."""
    rl = recipe.rl
    lines = read_jsonl(Path(rl.tasks), {"question": str})
    held_out = len(read_jsonl(Path(rl.held_out), {"question": str})) if rl.held_out else 0
    questions = [lines[i][1]["question"] for i in pick(len(lines), rl.tasks_per_step, 0, recipe.seed)]
    prompts = make_prompts(policy, questions, recipe)[1]
    longest = max(map(len, prompts))
    rows = min(rl.sample_rows, rl.tasks_per_step * rl.group_size)
    chosen, rounds = prompts[: max(1, rows // rl.group_size)], rounds_of(rl)
    measured = (rl.steps // rl.eval_every if rl.eval_every else 1) + 1
    if Path(data).is_file():
        every = targets(policy, Path(data), rl.max_new_tokens, recipe.seed)
        tokens, why = sum(map(len, every)) / len(every), "of the SFT data"
        costs = costs_of(policy, chosen, rl, tokens)

        def sampling(groups: int, size: int) -> Seconds:
            lengths = [len(rollout.ids) for rollout in drawn_from(every, groups * size, recipe.seed)]
            return sampling_seconds(lengths, rl.sample_rows, costs) if lengths else np.zeros(2)

        drawn, longer = drawn_from(every, math.ceil(rows / len(chosen)) * len(chosen), recipe.seed), 1.0
    else:
        drawn, batch = draw_rows(policy, chosen, rl)
        mean = sum(len(rollout.ids) for rollout in drawn) / len(drawn)
        tokens, why = mean, "as it writes now"
        if all(len(rollout.ids) == rl.max_new_tokens for rollout in drawn):
            why = "the most"
        elif not as_it_is:
            tokens, why = SHARE * rl.max_new_tokens, "assumed"
        longer = tokens / mean

        def sampling(groups: int, size: int) -> Seconds:
            return groups * size * batch / len(drawn) * longer

    return Estimate(
        name,
        with_engine(rl_memory(shape, rl, bfloat16=policy.bfloat16, prompt_tokens=longest), shape, recipe),
        rl.steps,
        tokens,
        why,
        rounds,
        sum((sampling(groups, rl.group_size) for groups in rounds), np.zeros(2)),
        update_seconds(policy, chosen, drawn, rl, update, longer),
        measured * sampling(held_out, rl.eval_samples),
    )


def update_seconds(
    policy: Policy, prompts: list[list[int]], drawn: list[Rollout], rl: Rl, update: Update, longer: float
) -> Seconds:
    """Of a step's update, from that of some groups; each has a gradient. The policy's weights do not move."""
    size = len(drawn) // len(prompts)
    groups: list[Group] = []
    for place, prompt in enumerate(prompts):
        own = [replace(rollout, truncated=False) for rollout in drawn[place * size : (place + 1) * size]]
        rewards = [Reward(float(b % 2), {}) for b in range(size)]
        groups.append(Group(Task("", "", ""), "", prompt, own, [""] * size, rewards))
        if sum(len(rollout.ids) for group in groups for rollout in group.rollouts) > PROBE_TOKENS:
            break
    groups = groups[: max(1, rl.tasks_per_step // rl.minibatches)]
    optimizer = make_optimizer(policy, rl.optimizer, 0.0)
    reference = replace(policy, bare=bool(rl.lora_rank)) if rl.kl_coef else None

    def work() -> None:
        update(policy, reference, optimizer, groups, rl)
        if rl.correction != "none":
            count = sum(len(group.rollouts) for group in groups)
            with torch.no_grad():
                for _, ids in passes_of(groups, range(count), rl.forward_tokens, padded=not packs(policy.model)):
                    completion_logps(policy, *ids, temperature=rl.temperature)

    whole, alone = timed(work, policy), optimizer_seconds(policy, optimizer)
    some = sum(len(group.rollouts) for group in groups)
    passes = np.maximum(0.0, whole - alone) * longer
    return rl.tasks_per_step * rl.group_size / some * passes + rl.minibatches * alone


def sft_estimate(name: str, policy: Policy, recipe: Recipe, shape: Shape) -> Estimate:
    """A step's update; where the data is not there yet, with every row full."""
    sft = recipe.sft
    pairs = load_pairs(policy, recipe, Path(sft.data)) if sft.data and Path(sft.data).is_file() else []
    steps = sft.steps or math.ceil(sft.epochs * len(pairs) / sft.batch_size)
    batch = [pairs[i] for i in pick(len(pairs), sft.batch_size, 0, recipe.seed)] if pairs else []
    lengths = np.cumsum([len(prompt) + len(completion) for prompt, completion in batch])
    some = batch[: max(1, int((lengths <= PROBE_TOKENS).sum()))] or [([0], [0] * (sft.pack_tokens - 1))]
    optimizer = make_optimizer(policy, sft.optimizer, 0.0)
    whole = timed(lambda: sft_step(policy, optimizer, some, 0.0, sft.pack_tokens, sft.forward_tokens), policy)
    alone = optimizer_seconds(policy, optimizer)
    update = sft.batch_size / len(some) * np.maximum(0.0, whole - alone) + alone
    memory = sft_memory(shape, sft, bfloat16=policy.bfloat16)
    tokens = sum(len(prompt) + len(completion) for prompt, completion in some) / len(some)
    why = "of the data" if pairs else "the most"
    return Estimate(name, memory, steps, tokens, why, sampling=np.zeros(2), update=update)


def optimizer_seconds(policy: Policy, optimizer: torch.optim.Optimizer) -> Seconds:
    """Of clipping and a step at a learning rate of 0, by gradients of 0."""
    for parameter in policy.model.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.zeros_like(parameter)

    def step() -> None:
        clip_gradients(policy)
        optimizer.step()

    taken = timed(step, policy)
    optimizer.zero_grad(set_to_none=True)
    return taken
