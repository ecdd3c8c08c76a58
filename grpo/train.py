"""Group relative policy optimisation, read top to bottom: tasks → rollouts → rewards → advantages → loss → step.

    python -m grpo.train                            the default recipe, minutes on two CPU cores
    python -m grpo.train RECIPE [--rl.lr 1e-6 …]    a shipped recipe or a TOML file, with overrides

A run that was stopped goes on when the same command is given again.
"""

import copy
import hashlib
import os
import re
import resource
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from rich.console import Console
from rich.table import Table
from torch.nn.utils.rnn import pad_sequence

from verifiers import Reward, RewardFn, Verdict

from .arithmetic import make_arithmetic
from .checkpoint import Interrupted, Stop, load_checkpoint, save_checkpoint, stop_requests
from .config import RecipeError, flat, load_recipe, read_toml, save_recipe
from .generate import Rollout, sample
from .log import Log, latest, open_log, read_metrics
from .objective import group_advantages, grpo_loss, token_weights
from .policy import (
    Policy,
    clip_gradients,
    completion_logps,
    keep_freed_memory,
    load_policy,
    require_memory,
    require_positions,
    save_policy,
)
from .prompts import make_prompts
from .report import write_report
from .settings import Recipe, Rl
from .sft import train_sft
from .sign_puzzle import make_sign_puzzle
from .tasks import Task, load_tasks, make_reward, pick

MAKERS: dict[str, Callable[[Path, int], None]] = {"sign_puzzle": make_sign_puzzle, "arithmetic": make_arithmetic}

# The words whose rise the paper shows (supplement of the Nature version, on reflective behaviour).
REFLECTION = re.compile(r"\b(?:wait|mistake|however|but|retry|error|verify|wrong|evaluate|check)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Group:
    """One task's rollouts, with what the verifiers said of them."""

    task: Task
    prompt: str
    prompt_ids: list[int]
    rollouts: list[Rollout]
    completions: list[str]
    rewards: list[Reward]


def sample_groups(
    policy: Policy, tasks: Sequence[Task], group_size: int, recipe: Recipe, reward: RewardFn, seed: int
) -> list[Group]:
    """Roll out each task `group_size` times and have the completions verified."""
    rl = recipe.rl
    prompts, ids = make_prompts(policy, [task.question for task in tasks], recipe)
    room, temperature = rl.max_new_tokens, rl.temperature
    rollouts = sample(
        policy, ids, group_size, max_new_tokens=room, temperature=temperature, seed=seed, rows=rl.sample_rows
    )
    texts = policy.tokenizer.batch_decode([r.ids if r.truncated else r.ids[:-1] for r in rollouts])
    ground_truths = [task.ground_truth for task in tasks for _ in range(group_size)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # a program of a code task is waited for
        rewards = list(threads.map(reward, texts, ground_truths))
    groups = []
    for i, task in enumerate(tasks):
        own = slice(i * group_size, (i + 1) * group_size)
        groups.append(Group(task, prompts[i], ids[i], rollouts[own], texts[own], rewards[own]))
    return groups


def describe(groups: Sequence[Group], accuracy: str) -> dict[str, float | None]:
    """Means over all rollouts, under the names of metrics.jsonl; a score's mean is over those that it decided."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards = [reward for group in groups for reward in group.rewards]
    scores = {f"score/{name}": [reward.verdicts[name].score for reward in rewards] for name in rewards[0].verdicts}
    best = [max(score_of(reward, accuracy) for reward in group.rewards) for group in groups]
    return {
        "reward": mean_known([reward.value for reward in rewards]),
        "accuracy": mean_known(scores[f"score/{accuracy}"]),
        "pass_at_k": sum(best) / len(best),
        **{name: mean_known(values) for name, values in scores.items()},
        "completion_tokens": mean_known([len(rollout.ids) for rollout in rollouts]),
        "truncated": mean_known([rollout.truncated for rollout in rollouts]),
        "reflections": mean_known([len(REFLECTION.findall(text)) for group in groups for text in group.completions]),
        "entropy": mean_known([rollout.entropy for rollout in rollouts]),
        "undecided": sum(reward.value is None for reward in rewards),
    }


def score_of(reward: Reward, name: str) -> float:
    """That verifier's score; undecided counts as 0 where the best of a group is wanted."""
    return reward.verdicts[name].score or 0.0


def mean_known(values: Sequence[float | None]) -> float | None:
    """The mean of those that are not None; None where all are."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def record(groups: Sequence[Group], split: str, step: int) -> list[dict[str, Any]]:
    """The lines of rollouts.jsonl."""
    return [
        {"stage": "rl", "split": split, "step": step, "task": group.task.id, "prompt": group.prompt, "completion": text}
        | {"ground_truth": group.task.ground_truth, "reward": reward.value}
        | {"verdicts": {name: verdict_line(verdict) for name, verdict in reward.verdicts.items()}}
        | {"tokens": len(rollout.ids), "truncated": rollout.truncated}
        for group in groups
        for text, reward, rollout in zip(group.completions, group.rewards, group.rollouts, strict=True)
    ]


def verdict_line(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON."""
    return {"score": verdict.score, "reason": str(verdict.reason), "answer": verdict.answer, "note": verdict.note}


def split_rows(
    prompts: Sequence[int], prompt_lengths: Sequence[int], lengths: Sequence[int], budget: int
) -> list[list[int]]:
    """Rows that go through the model together, at most `budget` padded tokens at a time.

    prompts[b] is row b's prompt. Rows in order share their prompts' forward pass; rows by length need less padding: of
    the two cuts, the one with fewer tokens in all.
    """

    def cost(batch: Sequence[int]) -> int:
        own = {prompts[b] for b in batch}
        return len(batch) * max(lengths[b] for b in batch) + len(own) * max(prompt_lengths[p] for p in own)

    def cut(order: Sequence[int]) -> list[list[int]]:
        batches: list[list[int]] = [[]]
        for b in order:
            if batches[-1] and cost([*batches[-1], b]) > budget:
                batches.append([])
            batches[-1].append(b)
        return batches

    if not prompts:
        return []
    in_order = range(len(prompts))
    cuts = [cut(in_order), cut(sorted(in_order, key=lambda b: lengths[b]))]
    return min(cuts, key=lambda batches: sum(map(cost, batches)))


def update(
    policy: Policy, reference: Policy | None, optimizer: torch.optim.Optimizer, groups: Sequence[Group], rl: Rl
) -> dict[str, float]:
    """One optimiser step on these groups; returns what it measured.

    Rollouts without a gradient (undecided, or of a silent group where there is no KL term) count in the means and are
    not computed. How many tokens go through the model at a time changes nothing but the memory it takes.
    """
    if rl.loss is None or rl.clip_low is None or rl.clip_high is None or rl.kl_coef is None:
        raise ValueError("the preset's values are missing: pass the settings through fill_preset first")
    rewards_PG = torch.tensor([[torch.nan if r.value is None else r.value for r in group.rewards] for group in groups])
    advantages_PG = group_advantages(rewards_PG)
    advantages_B = advantages_PG.flatten()
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    prompt_B = [p for p, group in enumerate(groups) for _ in group.rollouts]
    lengths_B = torch.tensor([len(rollout.ids) for rollout in rollouts])
    decided_B = ~rewards_PG.flatten().isnan()
    mask_BT = (torch.arange(int(lengths_B.max())) < lengths_B[:, None]) & decided_B[:, None]
    weights_BT = token_weights(mask_BT, rl.loss)

    rows = (decided_B if reference else advantages_B != 0).nonzero()[:, 0].tolist()
    prompt_lengths = [len(group.prompt_ids) for group in groups]
    passes = split_rows([prompt_B[b] for b in rows], prompt_lengths, lengths_B[rows].tolist(), rl.forward_tokens)
    sums = {"loss": 0.0, "clip_fraction": 0.0, "sampler_gap": 0.0, "grad_norm": 0.0}
    sums |= {"kl": 0.0} if reference else {}
    for places in passes:
        part = [rows[place] for place in places]
        own = sorted({prompt_B[b] for b in part})
        ids = (
            [groups[p].prompt_ids for p in own],
            [own.index(prompt_B[b]) for b in part],
            [rollouts[b].ids for b in part],
        )
        logps_BT = completion_logps(policy, *ids, temperature=rl.temperature)
        ref_logps_BT = None
        if reference:
            with torch.no_grad():
                ref_logps_BT = completion_logps(reference, *ids, temperature=rl.temperature)
        old_logps_BT = pad_sequence([torch.tensor(rollouts[b].logps) for b in part], batch_first=True).to(policy.device)
        loss, measured = grpo_loss(
            logps_BT,
            old_logps_BT,
            ref_logps_BT,
            advantages_B[part].to(policy.device),
            weights_BT[part, : logps_BT.shape[1]].to(policy.device),
            clip_low=rl.clip_low,
            clip_high=rl.clip_high,
            kl_coef=rl.kl_coef,
        )
        loss.backward()
        for name, value in {"loss": loss, **measured}.items():
            sums[name] += value.item()
        sums["sampler_gap"] = max(sums["sampler_gap"], (logps_BT - old_logps_BT).abs().max().item())
    sums["silent_groups"] = (advantages_PG == 0).all(1).float().mean().item()
    if rows:
        sums["grad_norm"] = clip_gradients(policy)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return sums


def train_grpo(
    recipe: Recipe, model: str, tasks_file: Path, held_out_file: Path | None, out: Path, *, log: Log, stop: Stop
) -> Path:
    """Train `model` on the tasks by GRPO (DeepSeek-R1, section 2.2.1); returns the folder of the trained model."""
    rl = recipe.rl
    reward = make_reward(rl.reward)
    accuracy = next(iter(rl.reward))
    tasks = load_tasks(tasks_file, reward)
    held_out = load_tasks(held_out_file, reward) if held_out_file else []
    both = {task.question for task in tasks} & {task.question for task in held_out}
    if both:
        raise RecipeError(f"{held_out_file} holds {len(both)} questions that are trained on, such as {min(both)!r}")
    bfloat16 = recipe.precision == "bfloat16"
    need = require_memory(
        model, device=recipe.device, bfloat16=bfloat16, reference=bool(rl.kl_coef), tokens=rl.forward_tokens,
        rows=min(rl.sample_rows, rl.tasks_per_step * rl.group_size), row_tokens=rl.max_new_tokens,
    )  # fmt: skip
    log.say(f"rl: {len(tasks)} tasks, {len(held_out)} held out; about {need:.1f} GB by estimate")
    policy = load_policy(model, device=recipe.device, bfloat16=bfloat16)
    every = [*tasks, *held_out]
    for task, ids in zip(every, make_prompts(policy, [task.question for task in every], recipe)[1], strict=True):
        require_positions(policy, len(ids) + rl.max_new_tokens, f"task {task.id!r} with rl.max_new_tokens")
    reference = replace(policy, model=copy.deepcopy(policy.model)) if rl.kl_coef else None
    optimizer = torch.optim.AdamW(policy.model.parameters(), lr=rl.lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    saved = {"model": policy.model, "optimizer": optimizer, "reference": reference and reference.model}
    done = load_checkpoint(out, **saved)
    log.stage("rl", steps=rl.steps, done=done)

    def measure(step: int) -> None:
        """pass@1 on the held-out tasks as the mean of k completions each, at the training temperature."""
        groups = sample_groups(
            policy, held_out, rl.eval_samples, recipe, reward, seed_of(recipe.seed, "held_out", step)
        )
        log.rollouts(record(groups, "held_out", step))
        log.metrics({"stage": "rl", "split": "held_out", "step": step} | describe(groups, accuracy))

    if held_out and not done:
        measure(0)
    for step in range(done + 1, rl.steps + 1):
        start, cpu = time.perf_counter(), time.process_time()
        if reference and rl.reference_every and step > 1 and (step - 1) % rl.reference_every == 0:
            reference.model.load_state_dict(policy.model.state_dict())
        lr = rl.lr * min(1.0, step / max(1, rl.warmup)) * (1 - (1 - rl.final_lr) * step / rl.steps)
        for settings in optimizer.param_groups:
            settings["lr"] = lr

        chosen = [tasks[i] for i in pick(len(tasks), rl.tasks_per_step, step - 1, recipe.seed)]
        groups = sample_groups(policy, chosen, rl.group_size, recipe, reward, seed_of(recipe.seed, "train", step))
        size = len(groups) // rl.minibatches
        measured = [update(policy, reference, optimizer, groups[i : i + size], rl) for i in range(0, len(groups), size)]

        seconds = time.perf_counter() - start
        tokens = sum(len(rollout.ids) for group in groups for rollout in group.rollouts)
        log.rollouts(record(groups, "train", step))
        log.metrics(
            {"stage": "rl", "split": "train", "step": step}
            | describe(groups, accuracy)
            | {name: sum(part[name] for part in measured) / len(measured) for name in measured[0]}
            | {"sampler_gap": measured[0]["sampler_gap"], "lr": lr}
            | {"tokens_per_s": tokens / seconds, "wall_s": seconds, "cpu_s": time.process_time() - cpu}
            | {"memory_gb": peak_memory_gb(policy.device)}
        )
        if held_out and (step == rl.steps or (rl.eval_every and step % rl.eval_every == 0)):
            measure(step)
        if stop.asked or step % rl.checkpoint_every == 0:
            save_checkpoint(out, step, **saved)
        if stop.asked:
            raise Interrupted(f"rl, step {step} of {rl.steps}")
    return save_policy(policy, out / "final")


def seed_of(*parts: object) -> int:
    """A seed of its own for each purpose and step, so that nothing random need be saved."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:7], "big")


def peak_memory_gb(device: torch.device) -> float:
    """The most that has been in use so far: of the GPU if the policy is on one, else of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def r1_zero(recipe: Recipe, run: Path, *, log: Log, stop: Stop) -> Path:
    """R1-Zero (DeepSeek-R1, section 2.2): RL with rule-based rewards from the model as it is.

    Two stages may come before and are no part of the paper's R1-Zero: `make` generates tasks, and for a puzzle an
    untrained model too; `sft` gives such a model something to start from. A stage whose folder is complete is not run
    again.
    """
    made = run / "0-made"
    if recipe.make and not made.is_dir():
        part = run / "0-made.part"
        part.mkdir(exist_ok=True)
        MAKERS[recipe.make](part, recipe.seed)
        part.rename(made)

    def path(name: str) -> str:
        return str(made / name.removeprefix("made:")) if name.startswith("made:") else name

    def stage(name: str, train: Callable[..., Path], model: str, *files: Path | None) -> Path:
        final = run / name / "final"
        if (final / "config.json").is_file():
            return final
        if stop.asked:
            raise Interrupted(f"the stage before {name}")
        return train(recipe, model, *files, run / name, log=log, stop=stop)

    model = path(recipe.model)
    if recipe.sft.steps:
        model = str(stage("1-sft", train_sft, model, Path(path(recipe.sft.data))))
    held_out = Path(path(recipe.rl.held_out)) if recipe.rl.held_out else None
    return stage("2-rl", train_grpo, model, Path(path(recipe.rl.tasks)), held_out)


def open_run(recipe: Recipe) -> Path:
    """The run's folder with the recipe as resolved; raises RecipeError where another recipe has trained in it."""
    run = recipe.runs / recipe.name
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecipeError(f"the run's folder {str(run)!r} cannot be made: {error.strerror}") from error
    saved = run / "config.toml"
    before, now = flat(asdict(read_toml(saved))) if saved.is_file() else {}, flat(asdict(recipe))
    keys = [*now, *(key for key in before if key not in now)]
    differ = [f"{key} = {before.get(key)!r}, now {now.get(key)!r}" for key in keys if before.get(key) != now.get(key)]
    if before and not differ and list(before) != list(now):
        differ = ["rl.reward in another order (its first verifier is the accuracy)"]
    trained = (run / "metrics.jsonl").is_file() and read_metrics(run)
    if before and trained and differ:
        raise RecipeError(
            f"{run} holds a run with {'; '.join(differ)}: go on with its values, or give --name another name"
        )
    if differ:
        shutil.rmtree(run / "0-made", ignore_errors=True)  # another seed makes other tasks
        save_recipe(recipe, saved)
    return run


def summarize(run: Path) -> Table:
    """First and last measurement on the held-out tasks, side by side."""
    held_out = [row for row in read_metrics(run) if row.get("split") == "held_out"]
    table = Table(title="held-out tasks, before and after", title_justify="left")
    for heading in ("", *(f"step {row['step']}" for row in (held_out[:1] + held_out[-1:]))):
        table.add_column(heading, justify="right" if heading else "left")
    for line in latest(*held_out[:1], *held_out[-1:]):
        table.add_row(*line)
    return table


def main(args: Sequence[str] | None = None) -> int:
    """Run a recipe to its report; the exit status is 0 only when it got there."""
    args = sys.argv[1:] if args is None else args
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    keep_freed_memory()
    console = Console()
    try:
        recipe = load_recipe(args)
        run = open_run(recipe)
        with stop_requests() as stop, open_log(run) as log:
            final = r1_zero(recipe, run, log=log, stop=stop)
        table = summarize(run)
        if table.row_count:
            console.print(table)
        print(f"model   {final}\nreport  {write_report(run)}")
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (Interrupted, KeyboardInterrupt) as stopped:
        what = f"stopped after {stopped} and saved" if isinstance(stopped, Interrupted) else "stopped at once"
        print(f"{what}; go on with: {shlex.join(['python', '-m', 'grpo.train', *args])}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
