"""What a recipe will take of memory and time on this machine, before it is run: `--dry-run`.

Memory is the arithmetic of `memory.py`; time is that of one short probe of each kind, scaled to the recipe's steps with
every completion as long as it may be, so an upper bound. The probe's model is thrown away and nothing is written.
"""

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from rich.table import Table

from .config import PHASES, SMALL, phases_of
from .generate import sample
from .memory import Memory, Shape, free_memory, rl_memory, sft_memory, shape_of
from .policy import Policy, clip_gradients, completion_logps, load_policy, pick_device
from .prompts import make_prompts
from .settings import R1, Recipe, Rl, Sft
from .sft import load_pairs, pack, packed_logps
from .stages import Stages, is_idle, make_once
from .tasks import read_jsonl

PROBE_TOKENS = 2048
"""Tokens of a timed forward and backward pass at most."""
PROBE_DRAWS = (4, 20)
"""Tokens a row that are sampled; the difference is what one of them takes."""


@dataclass(frozen=True)
class Estimate:
    """Of one stage; the seconds are None where the model does not fit, and so nothing could be timed."""

    stage: str
    memory: Memory
    steps: int = 0
    sampling_s: float | None = None
    """Of a step."""
    update_s: float | None = None
    """Of a step."""
    held_out_s: float = 0
    """Of all measurements on held-out tasks."""

    @property
    def total_s(self) -> float | None:
        """Of the whole stage, without rewards and checkpoints."""
        if self.sampling_s is None or self.update_s is None:
            return None
        return self.steps * (self.sampling_s + self.update_s) + self.held_out_s


def estimate(recipe: Recipe | R1, makers: Mapping[str, Callable[[Path, int], None]]) -> list[Estimate]:
    """Of each stage that trains; what `make` makes is made in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        if recipe.make:
            make_once(run, makers[recipe.make], recipe.seed)
        nothing: Any = None
        stages = Stages(recipe, run, log=nothing, stop=nothing)  # it is only asked for paths
        return [
            estimate_stage(name, stages.recipe(settings), settings, str(stages.resolve(model)))
            for name, settings, model in trained(recipe)
        ]


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


def estimate_stage(name: str, recipe: Recipe, settings: Sft | Rl, model: str) -> Estimate:
    """Memory by arithmetic; if that is there, time by a probe."""
    bfloat16, shape = recipe.precision == "bfloat16", shape_of(model)
    if isinstance(settings, Sft):
        memory = sft_memory(shape, recipe.sft, bfloat16=bfloat16)
    else:
        memory = rl_memory(shape, recipe.rl, bfloat16=bfloat16)
    if memory.peak > free_memory(pick_device(recipe.device)):
        return Estimate(name, memory, settings.steps)
    policy = load_policy(model, device=recipe.device, bfloat16=bfloat16, recompute=settings.recompute)
    return (sft_estimate if isinstance(settings, Sft) else rl_estimate)(name, policy, recipe, shape)


def rl_estimate(name: str, policy: Policy, recipe: Recipe, shape: Shape) -> Estimate:
    """A step's rollouts and update, and all measurements."""
    rl = recipe.rl
    questions = [row["question"] for _, row in read_jsonl(Path(rl.tasks), {"question": str})]
    held_out = len(read_jsonl(Path(rl.held_out), {"question": str})) if rl.held_out else 0
    prompts = make_prompts(policy, questions[: rl.tasks_per_step], recipe)[1]
    prompts = [prompts[i % len(prompts)] for i in range(rl.tasks_per_step)]
    prompt_tokens = max(map(len, prompts))
    memory = rl_memory(shape, rl, bfloat16=policy.bfloat16, prompt_tokens=prompt_tokens)
    rollouts = rl.tasks_per_step * rl.group_size
    rows = min(rl.sample_rows, rollouts)
    a_row_s = sampling_seconds(policy, prompts, rl, rows) / rows
    token_s = pass_seconds(policy, prompts, rl)
    update_s = rollouts * rl.max_new_tokens * token_s + rl.minibatches * optimizer_seconds(policy)
    measured = (rl.steps // rl.eval_every if rl.eval_every else 1) + 1
    held_out_s = measured * held_out * rl.eval_samples * a_row_s
    return Estimate(name, memory, rl.steps, rollouts * a_row_s, update_s, held_out_s)


def sampling_seconds(policy: Policy, prompts: list[list[int]], rl: Rl, rows: int) -> float:
    """Of `rows` completions of full length: reading the prompts, and then a token at a context of middle length."""
    endless = replace(policy, eos_ids=frozenset({-1}))
    chosen = prompts[: max(1, rows // rl.group_size)]
    group = math.ceil(rows / len(chosen))
    middle = [prompt + (prompt * rl.max_new_tokens)[: rl.max_new_tokens // 2] for prompt in chosen]

    def draw(given: list[list[int]], tokens: int) -> float:
        return timed(lambda: sample(endless, given, group, max_new_tokens=tokens, rows=rows), policy)

    few, many = PROBE_DRAWS
    a_token = max(0.0, draw(middle, many) - draw(middle, few)) / (many - few)
    return draw(chosen, 1) + a_token * (rl.max_new_tokens - 1)


def pass_seconds(policy: Policy, prompts: list[list[int]], rl: Rl) -> float:
    """Of a completion's token in the update: forward and backward, and the reference's forward pass."""
    length = min(rl.max_new_tokens, PROBE_TOKENS)
    rows = min(max(1, min(rl.forward_tokens, PROBE_TOKENS) // length), len(prompts) * rl.group_size)
    row_B = [row // rl.group_size for row in range(rows)]
    ids = prompts[: row_B[-1] + 1], row_B, [(prompts[0] * length)[:length] for _ in row_B]

    def step() -> None:
        completion_logps(policy, *ids, temperature=rl.temperature).sum().backward()
        if rl.kl_coef:
            with torch.no_grad():
                completion_logps(policy, *ids, temperature=rl.temperature)

    return timed(step, policy) / (rows * length)


def sft_estimate(name: str, policy: Policy, recipe: Recipe, shape: Shape) -> Estimate:
    """A step's update; where the data is not there yet, with every row full."""
    sft = recipe.sft
    pairs = load_pairs(policy, recipe, Path(sft.data)) if sft.data and Path(sft.data).is_file() else []
    mean = sum(len(prompt) + len(completion) for prompt, completion in pairs) / len(pairs) if pairs else sft.pack_tokens
    steps = sft.steps or math.ceil(sft.epochs * len(pairs) / sft.batch_size)
    some = pairs[: min(sft.batch_size, max(1, int(PROBE_TOKENS / mean)))] or [([0], [0] * (sft.pack_tokens - 1))]
    rows = [[some[i] for i in row] for row in pack([len(p) + len(c) for p, c in some], sft.pack_tokens)]
    together = max(1, sft.forward_tokens // sft.pack_tokens)

    def passes() -> None:
        for start in range(0, len(rows), together):
            packed_logps(policy, rows[start : start + together]).sum().backward()

    update_s = sft.batch_size * timed(passes, policy) / len(some) + optimizer_seconds(policy)
    memory = sft_memory(shape, sft, bfloat16=policy.bfloat16)
    return Estimate(name, memory, steps, 0.0, update_s)


def optimizer_seconds(policy: Policy) -> float:
    """Of a step of AdamW, with the gradients that are there; it moves nothing."""
    optimizer = torch.optim.AdamW(policy.model.parameters(), lr=0.0, betas=(0.9, 0.95), weight_decay=0.0, fused=True)

    def step() -> None:
        clip_gradients(policy)
        optimizer.step()

    return timed(step, policy)


def timed(work: Callable[[], Any], policy: Policy) -> float:
    """Its seconds until the device has done it: the median of three, after one that does not count."""
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        work()
        if policy.device.type == "cuda":
            torch.cuda.synchronize(policy.device)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def table_of(estimates: list[Estimate], free: float) -> Table:
    """A line for each number, a column for each stage."""
    title = f"estimate: GB of {free / 1e9:.1f} free, and time on this machine with completions of full length"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for entry in estimates:
        table.add_column(entry.stage, justify="right")
    parts = {
        "weights": "weights", "gradients": "gradients", "optimizer": "optimiser", "reference": "reference",
        "update": "activations of an update", "sampling": "keys and values of the sampler", "peak": "peak",
    }  # fmt: skip
    for part, words in parts.items():
        table.add_row(words, *(f"{getattr(entry.memory, part) / 1e9:.2f}" for entry in estimates))
    times = {"sampling_s": "sampling, a step", "update_s": "update, a step", "held_out_s": "held-out tasks, all"}
    for key, words in (times | {"total_s": "all"}).items():
        table.add_row(words, *(span(getattr(entry, key)) for entry in estimates))
    table.add_row("steps", *(str(entry.steps) for entry in estimates))
    return table


def span(seconds: float | None) -> str:
    """Seconds as a person says them.

    >>> span(0.25), span(90), span(7200), span(None)
    ('0.25 s', '1.5 min', '2.0 h', 'does not fit')
    """
    if seconds is None:
        return "does not fit"
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2f} s"
