"""Supervised fine-tuning: the mean log-prob of given completions, packed."""

import math
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from .checkpoint import Interrupted, Stop, load_checkpoint, save_checkpoint
from .config import RecipeError
from .gradients import clip_gradients
from .head import head_logps
from .log import Log, stage_name
from .malloc import SAVING, keep_freed_memory
from .marks import add_marks
from .memory import in_parts, require_memory, sft_memory, shape_of
from .optimizer import make_optimizer, set_lr
from .policy import Policy, load_device, load_policy, over_ranks, require_positions, save_policy, shards_weights
from .prompts import begun, make_prompts
from .ranks import even_runs, in_step, on_any_rank, summed, world
from .recompute import recomputed
from .settings import Recipe
from .shards import at_root
from .tasks import pick, read_jsonl

Pair = tuple[list[int], list[int]]
"""Token ids of a prompt, and of its completion with the end-of-sequence token."""
TOGETHER = 1024
"""Lines tokenised at a time: what the tokenizer knows of a token beside its id takes a hundred bytes."""


def train_sft(
    recipe: Recipe, model: str, data: Path, out: Path, *, log: Log, stop: Stop, marks: Sequence[str] = ()
) -> Path:
    """Fine-tune `model` on {question, completion} lines; returns the folder of the trained model.

    The marks become tokens of their own where they are not yet.
    """
    sft, stage = recipe.sft, stage_name(out)
    bfloat16 = recipe.precision == "bfloat16"
    memory = sft_memory(shape_of(model), sft, bfloat16=bfloat16)
    memory = in_parts(memory, world()) if shards_weights(recipe) else memory
    need = require_memory(model, memory, device=recipe.device)
    policy = load_policy(model, device=load_device(recipe), bfloat16=bfloat16, recompute=sft.recompute)
    if sft.recompute:
        keep_freed_memory(below=SAVING)
    policy = over_ranks(add_marks(policy, marks), recipe)
    pairs = load_pairs(policy, recipe, data)
    steps = sft.steps or math.ceil(sft.epochs * len(pairs) / sft.batch_size)
    optimizer = make_optimizer(policy, sft.optimizer, sft.lr)
    done, _ = load_checkpoint(out, model=policy.model, optimizer=optimizer, say=log.say)
    log.say(f"{stage}: {len(pairs)} completions; about {need:.1f} GB by estimate")
    log.stage(stage, steps=steps, done=done)
    for step in range(done + 1, steps + 1):
        start, cpu = time.perf_counter(), time.process_time()
        lr = schedule(step, steps, sft.warmup) * sft.lr
        batch = [pairs[i] for i in pick(len(pairs), sft.batch_size, step - 1, recipe.seed)]
        loss, grad_norm = sft_step(policy, optimizer, batch, lr, sft.pack_tokens, sft.forward_tokens)
        seconds = time.perf_counter() - start
        tokens = sum(len(prompt) + len(completion) for prompt, completion in batch)
        log.metrics(
            {"stage": stage, "split": "train", "step": step, "loss": loss, "lr": lr, "grad_norm": grad_norm}
            | {"tokens_per_s": tokens / seconds, "wall_s": seconds}
            | summed({"cpu_s": time.process_time() - cpu})
        )
        asked = on_any_rank(stop.asked)
        if asked or step % sft.checkpoint_every == 0:
            save_checkpoint(out, step, model=policy.model, optimizer=optimizer, keep_last=sft.keep_last)
        if asked:
            raise Interrupted(f"{stage}, step {step} of {steps}")
    return save_policy(policy, out / "final")


def sft_step(
    policy: Policy,
    optimizer: torch.optim.Optimizer,
    batch: Sequence[Pair],
    lr: float,
    pack_tokens: int,
    forward_tokens: int,
) -> tuple[float, float]:
    """One optimiser step on the mean over all completion tokens of the batch: its loss and gradient norm."""
    rows = pack([len(prompt) + len(completion) for prompt, completion in batch], pack_tokens)
    trained = sum(len(completion) for _, completion in batch)
    total = 0.0
    together = max(1, forward_tokens // pack_tokens)
    runs = even_runs([sum(len(ids) for i in row for ids in batch[i]) for row in rows], world())
    every = [[run[start : start + together] for start in range(0, len(run), together)] for run in runs]
    for own, counts in in_step(every):
        part = [[batch[i] for i in rows[place]] for place in own]
        loss = -packed_logps(policy, part).sum() * counts / trained
        loss.backward()
        total += loss.item()
    total = summed({"loss": total})["loss"]
    grad_norm = clip_gradients(policy)
    set_lr(optimizer, lr)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return total, grad_norm


@at_root
def packed_logps(policy: Policy, rows: Sequence[Sequence[Pair]]) -> Tensor:
    """Log-probs [N] of all completion tokens. Sequences of a row stand one after another and do not see each other."""
    length = max(sum(len(prompt) + len(completion) for prompt, completion in row) for row in rows)
    ids_BT = torch.zeros(len(rows), length, dtype=torch.long)
    positions_BT = torch.zeros(len(rows), length, dtype=torch.long)
    trained_BT = torch.zeros(len(rows), length, dtype=torch.bool)
    for b, row in enumerate(rows):
        at = 0
        for prompt, completion in row:
            end = at + len(prompt) + len(completion)
            ids_BT[b, at:end] = torch.tensor(prompt + completion)
            positions_BT[b, at:end] = torch.arange(end - at)
            trained_BT[b, at + len(prompt) : end] = True
            at = end
    device = policy.device
    ids_BT, positions_BT, trained_BT = ids_BT.to(device), positions_BT.to(device), trained_BT.to(device)
    with policy.autocast(), recomputed(policy.model, on=policy.recompute):
        # Without a mask, transformers takes each restart of the positions for the start of another sequence.
        hidden_BTD = policy.model.base_model(
            input_ids=ids_BT, position_ids=positions_BT, use_cache=False
        ).last_hidden_state
        return head_logps(policy.model, hidden_BTD[:, :-1][trained_BT[:, 1:]], ids_BT[trained_BT])


def pack(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Which sequences share a row of `room` tokens: the longest first, each into the first row where it fits.

    >>> pack([3, 5, 2, 4], 8)
    [[1, 0], [3, 2]]
    """
    rows: list[list[int]] = []
    left: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        row = next((row for row, free in enumerate(left) if free >= lengths[i]), len(rows))
        if row == len(rows):
            rows.append([])
            left.append(room)
        rows[row].append(i)
        left[row] -= lengths[i]
    return rows


def load_pairs(policy: Policy, recipe: Recipe, data: Path) -> list[Pair]:
    """Read and tokenise {question, completion} lines; prompts are made by the recipe's template, as in RL.

    A mark that the prompt has written already is not trained on a second time.
    """
    lines = read_jsonl(data, {"question": str, "completion": str})
    pairs: list[Pair] = []
    for start in range(0, len(lines), TOGETHER):
        some = [row for _, row in lines[start : start + TOGETHER]]
        asked, prompts = make_prompts(policy, [row["question"] for row in some], recipe)
        texts = [
            without_mark(row["completion"], begun(prompt, recipe.reasoning))
            for row, prompt in zip(some, asked, strict=True)
        ]
        completions = policy.tokenizer(texts, add_special_tokens=False)["input_ids"]
        ended = ([*ids, policy.tokenizer.eos_token_id] for ids in completions)
        pairs += zip(prompts, ended, strict=True)
    for (number, _), (prompt, completion) in zip(lines, pairs, strict=True):
        tokens = len(prompt) + len(completion)
        require_positions(policy, tokens, f"{data}, line {number}")
        if tokens > recipe.sft.pack_tokens:
            raise RecipeError(
                f"{data}, line {number}: {tokens} tokens, more than sft.pack_tokens = {recipe.sft.pack_tokens}"
            )
    return pairs


def without_mark(completion: str, mark: str) -> str:
    """The completion without that mark, and the line's end after it, at its beginning.

    >>> without_mark("<think>\\nHm.</think>4", "<think>"), without_mark(" as it is", "")
    ('Hm.</think>4', ' as it is')
    """
    text = completion.lstrip()
    return text.removeprefix(mark).lstrip("\n") if mark and text.startswith(mark) else completion


def schedule(step: int, steps: int, warmup: int) -> float:
    """The learning rate's share of its peak at `step` (from 1): a linear warm-up, then a cosine to a tenth."""
    if step <= warmup:
        return step / warmup
    return 0.55 + 0.45 * math.cos(math.pi * (step - warmup) / max(1, steps - warmup))
