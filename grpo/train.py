"""Group relative policy optimisation, read top to bottom: tasks → rollouts → rewards → advantages → loss → step.

    python -m grpo.train                            the default recipe, minutes on two CPU cores
    python -m grpo.train RECIPE [--rl.lr 1e-6 …]    a shipped recipe or a TOML file, with overrides
    python -m grpo.train RECIPE --dry-run           what it would take of memory and time, and nothing else

A run that was stopped goes on when the same command is given again.
"""

import errno
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .arithmetic import make_arithmetic
from .checkpoint import GOOD, Interrupted, Stop, load_checkpoint, load_good, save_checkpoint, stop_requests
from .cold_start import check_cold_start, cold_start_data
from .compare import compare_stages
from .config import RecipeError, load_recipe, phases_of
from .engine import open_engine, require_room
from .estimate import estimate
from .estimate_table import table_of
from .gradients import clip_gradients
from .groups import Group, describe, record, sample_groups
from .guard import guarded, not_finite
from .health import hacked, new_warnings, why_undecided
from .inputs import check_inputs
from .loading import pick_device, quiet_transformers
from .lock import held
from .log import Log, open_log, stage_name
from .lora import add_adapters
from .malloc import SAVING, keep_freed_memory
from .memory import (
    free_memory,
    in_parts,
    out_of_memory,
    peak_memory_gb,
    require_memory,
    rl_memory,
    shape_of,
    with_engine,
)
from .needs import require_parts
from .objective import group_advantages, grpo_loss, kl_rewards, sampler_ratio, token_weights
from .optimizer import make_optimizer, set_lr
from .packed import packs
from .passes import own_passes
from .policy import (
    Policy,
    completion_logps,
    copied,
    load_device,
    load_policy,
    over_ranks,
    reference_of,
    require_positions,
    save_policy,
    shards_weights,
)
from .presets import loss_settings
from .prompts import make_prompts
from .ranks import is_first, largest, on_any_rank, on_first_rank, on_ranks, open_ranks, summed, world
from .rejection import check_rejection, rejection_sample
from .report import write_report
from .reward_model import load_judges, train_reward_model, train_safety_model
from .rewards import make_reward
from .runs import open_run, run_folder, summarize
from .settings import R1, Recipe, Rl
from .sft import train_sft
from .sign_puzzle import make_sign_puzzle
from .stages import Stages, is_idle, make_once
from .task_sampling import Sampled, Stream, columns_of, passing, sample_step
from .tasks import load_general, load_tasks, refuse_trained, seed_of
from .tiny_world import make_tiny_world

MAKERS: dict[str, Callable[[Path, int], None]] = {
    "sign_puzzle": make_sign_puzzle, "arithmetic": make_arithmetic, "tiny_world": make_tiny_world
}  # fmt: skip
DRY_RUN = "--dry-run"
ABLATED = "2-reasoning-rl-without-{}"


@torch.no_grad()
def score_rollouts(policy: Policy, groups: Sequence[Group], rl: Rl) -> list[Tensor]:
    """The log-probs that the policy, as it is now, gives the tokens of each rollout."""
    logps: dict[int, Tensor] = {}
    every_row, padded = range(sum(len(group.rollouts) for group in groups)), not packs(policy.model)
    for part, ids, _ in own_passes(groups, every_row, rl.forward_tokens, padded=padded):
        for b, logps_T, completion in zip(
            part, completion_logps(policy, *ids, temperature=rl.temperature), ids[2], strict=True
        ):
            logps[b] = logps_T[: len(completion)].cpu()
    every = {b: logps_T for found in on_ranks(lambda: logps) for b, logps_T in found.items()}
    return [every[b] for b in sorted(every)]


def update(
    policy: Policy,
    reference: Policy | None,
    optimizer: torch.optim.Optimizer,
    groups: Sequence[Group],
    rl: Rl,
    old: Sequence[Tensor] | None = None,
) -> dict[str, float]:
    """One optimiser step on these groups; returns what it measured.

    `old` are the old policy's log-probs as the trainer has them, from before the step; without, the sampler's are taken
    for them. Rollouts without a gradient (undecided, or of a silent group where there is no KL term) count in the means
    and are not computed. How many tokens go through the model at a time changes nothing but the memory it takes; nor
    does the number of ranks change anything, each of which knows all groups and computes its rows of them.
    """
    if rl.loss is None or rl.advantage is None or rl.ratio is None or rl.surrogate is None:
        raise ValueError("the preset's values are missing: pass the settings through fill_preset first")
    if rl.clip_low is None or rl.clip_high is None or rl.kl_coef is None:
        raise ValueError("the preset's values are missing: pass the settings through fill_preset first")
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards_PG = torch.tensor([[torch.nan if r.value is None else r.value for r in group.rewards] for group in groups])
    sampler_BT = pad_sequence([torch.tensor(rollout.logps) for rollout in rollouts], batch_first=True)
    old_BT = pad_sequence(list(old), batch_first=True) if old else sampler_BT
    lengths_B = torch.tensor([len(rollout.ids) for rollout in rollouts])
    decided_B = ~rewards_PG.flatten().isnan()
    mask_BT = (torch.arange(int(lengths_B.max())) < lengths_B[:, None]) & decided_B[:, None]
    sums = {"loss": 0.0, "clip_fraction": 0.0, "sampler_gap": 0.0, "grad_norm": 0.0}
    if reference and rl.kl_in == "reward":
        ref_BT = pad_sequence(score_rollouts(reference, groups, rl), batch_first=True)
        penalised_B = kl_rewards(rewards_PG.flatten(), old_BT, ref_BT, mask_BT, kl_coef=rl.kl_coef, kl=rl.kl)
        sums["kl_reward"] = (rewards_PG.flatten() - penalised_B)[decided_B].sum().item() / max(1, int(decided_B.sum()))
        rewards_PG, reference = penalised_B.view_as(rewards_PG), None
    sums |= {"kl": 0.0} if reference else {}
    known = torch.tensor([reward.value for group in groups for reward in group.rewards if reward.value is not None])
    bad = not_finite(rewards=known, sampled=sampler_BT)

    advantages_PG = group_advantages(rewards_PG, rl.advantage)
    advantages_B = advantages_PG.flatten()
    if rl.mask_truncated:
        mask_BT = mask_BT & ~torch.tensor([rollout.truncated for rollout in rollouts])[:, None]
    weights_BT = token_weights(mask_BT, rl.loss, max_new_tokens=rl.max_new_tokens)
    if rl.correction != "none":
        ratio_BT = sampler_ratio(old_BT, sampler_BT, mask_BT, rl.correction)
        for name, of_BT in {"correction": ratio_BT, "cap_fraction": ratio_BT > rl.correction_cap}.items():
            sums[name] = (of_BT * weights_BT).sum().item() / max(weights_BT.sum().item(), 1e-9)
    rows = (mask_BT.any(1) & (torch.tensor(bool(reference)) | (advantages_B != 0))).nonzero()[:, 0].tolist()
    for part, ids, counts in own_passes(groups, rows, rl.forward_tokens, padded=not packs(policy.model)):
        logps_BT = completion_logps(policy, *ids, temperature=rl.temperature)
        ref_logps_BT = None
        if reference:
            with torch.no_grad():
                ref_logps_BT = completion_logps(reference, *ids, temperature=rl.temperature)
        length = logps_BT.shape[1]
        sampler_logps_BT = sampler_BT[part, :length].to(policy.device)
        loss, measured = grpo_loss(
            logps_BT,
            old_BT[part, :length].to(policy.device),
            ref_logps_BT,
            advantages_B[part].to(policy.device),
            weights_BT[part, :length].to(policy.device) * counts,
            sampler_logps_BT=sampler_logps_BT,
            **loss_settings(rl),
        )
        loss.backward()
        bad += not_finite(logps=logps_BT, loss=loss)
        for name, value in {"loss": loss, **measured}.items():
            sums[name] += value.item()
        sums["sampler_gap"] = max(sums["sampler_gap"], (logps_BT - sampler_logps_BT).abs().max().item())
    sums |= summed({name: sums[name] for name in {"loss", "clip_fraction", "kl"} & sums.keys()})
    sums["sampler_gap"] = largest(sums["sampler_gap"])
    if rl.loss == "fixed_length":  # the weights do not add up to 1, and a mean over tokens is what is logged
        for name in {"clip_fraction", "kl"} & sums.keys():
            sums[name] /= max(weights_BT.sum().item(), 1e-9)
    sums["silent_groups"] = (advantages_PG == 0).all(1).float().mean().item()
    if rows or bad:
        sums["grad_norm"] = clip_gradients(policy, list(dict.fromkeys(bad)))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return sums


def lr_at(step: int, rl: Rl) -> float:
    """The learning rate of a step: a linear warm-up times a line down to `final_lr`."""
    return rl.lr * min(1.0, step / max(1, rl.warmup)) * (1 - (1 - rl.final_lr) * step / rl.steps)


def describe_step(
    sampled: Sampled, measured: Sequence[dict[str, float]], accuracy: str, rl: Rl
) -> dict[str, float | None]:
    """Means over a step's groups and updates, under the names of metrics.jsonl.

    The gap is that of the first update alone: later ones are of a policy that no longer is the one that sampled.
    """
    return (
        sampled.measured
        | describe(sampled.every, accuracy, mask_truncated=rl.mask_truncated)
        | {name: sum(part[name] for part in measured) / len(measured) for name in measured[0]}
        | {"sampler_gap": measured[0]["sampler_gap"]}
    )


def train_grpo(
    recipe: Recipe,
    model: str,
    tasks_file: Path,
    held_out_file: Path | None,
    out: Path,
    *,
    log: Log,
    stop: Stop,
    helpful: Path | None = None,
    harmless: Path | None = None,
) -> Path:
    """Train `model` on the tasks by GRPO (DeepSeek-R1, section 2.2.1); returns the folder of the trained model.

    With reward models in the folders `helpful` and `harmless`, prompts without a ground truth take part in the last
    `general_steps` steps (section 2.3.4).
    """
    rl, stage = recipe.rl, stage_name(out)
    reward = make_reward(recipe, **load_judges(recipe, helpful, harmless))
    accuracy = next(iter(rl.reward))
    tasks = passing(load_tasks(tasks_file, reward, columns_of(rl)), rl)
    held_out = load_tasks(held_out_file, reward) if held_out_file else []
    general = load_general(Path(rl.general)) if helpful and rl.general else []
    general_held_out = load_general(Path(rl.general_held_out)) if helpful and rl.general_held_out else []
    refuse_trained(held_out_file, held_out, tasks)
    refuse_trained(rl.general_held_out, general_held_out, general)
    bfloat16 = recipe.precision == "bfloat16"
    shape = shape_of(model)
    memory = with_engine(rl_memory(shape, rl, bfloat16=bfloat16), shape, recipe)
    memory = in_parts(memory, world()) if shards_weights(recipe) else memory
    need = require_memory(model, memory, device=recipe.device)
    log.say(f"{stage}: {len(tasks)} tasks, {len(held_out)} held out; about {need:.1f} GB by estimate")
    policy = load_policy(model, device=load_device(recipe), bfloat16=bfloat16, recompute=rl.recompute)
    add_adapters(policy.model, rank=rl.lora_rank, alpha=rl.lora_alpha, targets=rl.lora_targets, seed=recipe.seed)
    if rl.recompute:
        keep_freed_memory(below=SAVING)
    every = [*tasks, *general, *held_out, *general_held_out]
    prompts = make_prompts(policy, [task.question for task in every], recipe)[1]
    for task, ids in zip(every, prompts, strict=True):
        require_positions(policy, len(ids) + rl.max_new_tokens, f"task {task.id!r} with rl.max_new_tokens")
    apart = shards_weights(recipe) and recipe.engine == "transformers"  # then a whole copy samples
    home = pick_device(recipe.device) if apart else None
    engine = open_engine(copied(policy) if apart else policy, rl.sample_rows, recipe, home)
    require_room(engine, prompts, rl.max_new_tokens)
    reference = over_ranks(reference_of(policy), recipe) if rl.kl_coef else None
    policy = over_ranks(policy, recipe)
    optimizer = make_optimizer(policy, rl.optimizer, rl.lr)
    saved = {"model": policy.model, "optimizer": optimizer}
    saved["reference"] = None if not reference or reference.bare else reference.model
    done, extra = load_checkpoint(out, say=log.say, **saved)
    if done:
        engine.push(policy)
    first_general = max(1, rl.steps - rl.general_steps + 1) if general else rl.steps + 1
    stream = Stream(tasks, general, first_general, rl, recipe.seed)
    place = stream.place(done, extra)
    roll = partial(sample_groups, engine, group_size=rl.group_size, recipe=recipe, reward=reward)
    log.stage(stage, steps=rl.steps, done=done)

    def measure(step: int) -> bool:
        """pass@1 on the held-out tasks as the mean of k completions each, at the training temperature.

        True where accuracy was given up for preference; the model from before is the last for which it was not.
        """
        seed = seed_of(recipe.seed, "held_out", step)
        groups = sample_groups(engine, [*held_out, *general_held_out], rl.eval_samples, recipe, reward, seed)
        row = {"stage": stage, "split": "held_out", "step": step} | describe(groups, accuracy, votes=True)
        before = [old for old in log.held_out() if old["step"] < first_general][-1:]
        since = [old for old in log.held_out() if old["step"] >= first_general] + [row]
        given_up = step >= first_general and hacked([*before, *since], rl.stop_below)
        log.rollouts(record(groups, stage, "held_out", step))
        log.metrics(row | ({"stopped": True} if given_up else {}))
        fell = step >= first_general and hacked([*before, row, row], rl.stop_below)  # once; it may be chance
        if general and not fell:
            save_checkpoint(out / GOOD, step, keep_last=1, model=policy.model)
        return given_up

    if held_out and not done:
        measure(0)
    for step in range(done + 1, rl.steps + 1):
        start, cpu = time.perf_counter(), time.process_time()
        if reference and rl.reference_every and step > 1 and (step - 1) % rl.reference_every == 0:
            reference.model.load_state_dict(policy.model.state_dict())
        lr = lr_at(step, rl)
        set_lr(optimizer, lr)

        sampled = sample_step(stream, place, step, roll)
        groups, place = sampled.groups, sampled.place
        engine.sleep()
        old = score_rollouts(policy, groups, rl) if rl.correction != "none" else None
        size = len(groups) // rl.minibatches
        measured = []
        for i in range(0, len(groups), size):
            own = old and old[i * rl.group_size : (i + size) * rl.group_size]
            with guarded(out, step, groups[i : i + size], recipe, model, policy, reference, own):
                measured.append(update(policy, reference, optimizer, groups[i : i + size], rl, own))
        gap = engine.push(policy)

        seconds = time.perf_counter() - start
        tokens = sum(len(rollout.ids) for group in sampled.every for rollout in group.rollouts)
        log.rollouts(
            record(groups, stage, "train", step) + record(sampled.left_out, stage, "train", step, left_out=True)
        )
        row: dict[str, Any] = (
            {"stage": stage, "split": "train", "step": step}
            | describe_step(sampled, measured, accuracy, rl)
            | {"lr": lr}
            | ({} if gap is None else {"push_gap": gap})
            | {"tokens_per_s": tokens / seconds, "wall_s": seconds}
            | summed({"cpu_s": time.process_time() - cpu})
            | {"memory_gb": largest(peak_memory_gb(policy.device))}
            | why_undecided(sampled.every)
        )
        warnings = new_warnings([*log.train(), row], recipe)
        log.metrics(row | ({"warnings": warnings} if warnings else {}))
        for sentence in warnings.values():
            log.say(f"{stage}, step {step}: {sentence}")
        due = step == rl.steps or (rl.eval_every and step % rl.eval_every == 0)
        if held_out and due and measure(step):
            good = load_good(out, say=log.say, model=policy.model)
            log.say(
                f"{stage} ends at step {step}, for accuracy fell by more than {rl.stop_below:.0%}: back to step {good}"
            )
            break
        asked = on_any_rank(stop.asked)
        if asked or step % rl.checkpoint_every == 0:
            save_checkpoint(out, step, keep_last=rl.keep_last, extra=asdict(place), **saved)
        if asked:
            raise Interrupted(f"{stage}, step {step} of {rl.steps}")
    engine.close()
    return save_policy(policy, out / "final")


def r1_zero(recipe: Recipe, run: Path, *, log: Log, stop: Stop) -> Path:
    """R1-Zero (DeepSeek-R1, section 2.2): RL with rule-based rewards from the model as it is.

    Two stages may come before and are no part of the paper's R1-Zero: `make` generates tasks, and for a puzzle an
    untrained model too; `sft` gives such a model something to start from. A stage that is done is not run again.
    """
    if recipe.make:
        on_first_rank(make_once, run, MAKERS[recipe.make], recipe.seed)
    stage = Stages(recipe, run, log, stop)
    model: str | Path = recipe.model
    if recipe.sft.steps or recipe.sft.epochs:
        model = stage("1-sft", train_sft, recipe.sft, model, recipe.sft.data)
    return stage("2-rl", train_grpo, recipe.rl, model, recipe.rl.tasks, recipe.rl.held_out)


def r1(cfg: R1, run: Path, *, log: Log, stop: Stop) -> Path:
    """All of R1 (DeepSeek-R1, sections 2.3 and 2.4), phase by phase. A stage that is done is not run again."""
    if cfg.make:
        on_first_rank(make_once, run, MAKERS[cfg.make], cfg.seed)
    stage = Stages(cfg, run, log, stop, phases_of(cfg.stages))
    check_inputs(cfg, stage)
    if 1 in stage.phases and not (cfg.cold_start.data or is_idle(cfg.cold_start)):
        check_cold_start(cfg.cold_start_data)
    if 3 in stage.phases and not cfg.sft.data:
        check_rejection(cfg.rejection)
    marks = cfg.reasoning, cfg.summary
    base = stage("0-base", train_sft, cfg.pretraining, cfg.model, cfg.pretraining.data)

    samples: str | Path = cfg.cold_start.data
    if not (samples or is_idle(cfg.cold_start)):
        samples = stage("1-cold-start-data", cold_start_data, cfg.cold_start_data, base, result="cold_start.jsonl")
    cold = stage("1-cold-start", train_sft, cfg.cold_start, base, samples, marks=marks)

    reasoner = stage("2-reasoning-rl", train_grpo, cfg.reasoning_rl, cold, *files_of(cfg.reasoning_rl))
    ablated = small = student = alone = None
    if cfg.ablate:
        reward = {**cfg.reasoning_rl.reward, cfg.ablate: 0.0}  # still measured
        settings = replace(cfg.reasoning_rl, reward=reward)
        ablated = stage(ABLATED.format(cfg.ablate), train_grpo, settings, cold, *files_of(settings))

    kept = cfg.sft.data or stage(
        "3-rejection-sampling", rejection_sample, cfg.rejection, reasoner, cfg.rejection.tasks, result="kept.jsonl"
    )
    tuned = stage("3-sft", train_sft, cfg.sft, base, kept, marks=marks)  # from the base model again

    judges = {}
    if cfg.reward_model.pairs:
        pairs = cfg.reward_model.pairs, cfg.reward_model.held_out
        judges["helpful"] = stage("4-reward-model", train_reward_model, cfg.reward_model, tuned, *pairs)
    if cfg.reward_model.safety:
        safety = cfg.reward_model.safety, ""
        judges["harmless"] = stage("4-safety-model", train_safety_model, cfg.reward_model, tuned, *safety)
    final = stage("4-all-scenarios-rl", train_grpo, cfg.all_rl, tuned, *files_of(cfg.all_rl), judges=judges)

    if cfg.small_model:
        small = stage("0-small-base", train_sft, cfg.small_pretraining, cfg.small_model, cfg.small_pretraining.data)
        taught = cfg.distillation.data or kept
        student = stage("5-distillation", train_sft, cfg.distillation, small, taught, marks=marks)
        alone = stage("5-small-rl", train_grpo, cfg.small_rl, small, *files_of(cfg.small_rl))

    models = {
        "0-base": base, "1-cold-start": cold, "2-reasoning-rl": reasoner, ABLATED.format(cfg.ablate): ablated,
        "3-sft": tuned, "4-all-scenarios-rl": final, "0-small-base": small, "5-small-rl": alone,
        "5-distillation": student,
    }  # fmt: skip
    compare_stages(cfg, stage, {name: model for name, model in models.items() if model}, judges)
    return final


def files_of(rl: Rl) -> tuple[str, str]:
    """Its tasks, to train on and to measure on."""
    return rl.tasks, rl.held_out


def finish(run: Path, final: Path, console: Console) -> None:
    """Say what came of the run."""
    table = summarize(run)
    if table.row_count:
        console.print(table)
    print(f"model   {final if final.exists() else 'not yet: the last stages were not asked for'}")
    print(f"report  {write_report(run)}")


def main(args: Sequence[str] | None = None) -> int:
    """Run a recipe to its report; the exit status is 0 only when it got there."""
    args = sys.argv[1:] if args is None else args
    quiet_transformers()
    keep_freed_memory()
    console = Console()
    try:
        with open_ranks():
            recipe = load_recipe([arg for arg in args if arg != DRY_RUN])
            if DRY_RUN in args:
                if world() > 1:
                    raise RecipeError(f"{DRY_RUN} is of one process: leave torchrun out")
                console.print(table_of(estimate(recipe, MAKERS, update), free_memory(pick_device(recipe.device))))
                return 0
            require_parts(recipe)
            lock = held(run_folder(recipe), "run", "--name another name") if is_first() else nullcontext()
            with lock, stop_requests() as stop:
                run = on_first_rank(open_run, recipe)
                with open_log(run, logger=recipe.logger) as log:
                    if isinstance(recipe, R1):
                        final = r1(recipe, run, log=log, stop=stop)
                    else:
                        final = r1_zero(recipe, run, log=log, stop=stop)
                if is_first():
                    finish(run, final, console)
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except torch.OutOfMemoryError as error:
        print(f"error: {out_of_memory(error)}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"error: {error}: make room; what is done stays, and the same command goes on", file=sys.stderr)
        return 2
    except (Interrupted, KeyboardInterrupt) as stopped:
        what = f"stopped after {stopped} and saved" if isinstance(stopped, Interrupted) else "stopped at once"
        start = ["python"] if world() == 1 else ["torchrun", "..."]
        print(f"{what}; go on with: {shlex.join([*start, '-m', 'grpo.train', *args])}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
