"""What sampling takes of time on this machine: completions as the model writes them now, or of given lengths."""

import heapq
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .generate import Rollout, sample
from .policy import Policy
from .settings import Rl
from .tasks import pick, read_jsonl

PROBE_DRAWS = (4, 20)
"""Tokens a row that are sampled first; the difference is what one of them takes."""
PROBE_S = 60.0
"""Completions are sampled to their ends if that takes no longer, were they all of full length."""
TARGETS = 1024
"""Lines of SFT data whose lengths are looked at."""
SILENT = 1 / 2
"""Share of groups that are taken to be silent where silent ones are refilled: the recorded runs had from 0 to .65."""

Seconds = Any
"""An array of two: by the clock, and of all processors."""


@dataclass(frozen=True)
class Costs:
    """What a batch of rollouts takes."""

    start: Seconds
    """Of one rollout: its share of the prompts, and its first token."""
    step: Seconds
    """Of a token of each row: what does not hang on their number."""
    token: Seconds
    """Of each token besides."""


def targets(policy: Policy, data: Path, most: int, seed: int) -> list[list[int]]:
    """Token ids of some completions that the model will have been taught, to their ends or cut off as RL's are."""
    lines = read_jsonl(data, {"completion": str})
    texts = [lines[i][1]["completion"] for i in pick(len(lines), min(len(lines), TARGETS), 0, seed)]
    every = policy.tokenizer(texts, add_special_tokens=False)["input_ids"]
    return [[*ids, policy.tokenizer.eos_token_id][:most] for ids in every]


def rounds_of(rl: Rl) -> list[int]:
    """Groups sampled in a step, at first and in each round of refill: of each round SILENT are sampled again."""
    return [math.ceil(rl.tasks_per_step * SILENT**number) for number in range(rl.refill + 1)]


def costs_of(policy: Policy, prompts: list[list[int]], rl: Rl, tokens: float) -> Costs:
    """By a few tokens of two numbers of rows, with half of `tokens` before them: that of a step, and one a prompt."""
    many = math.ceil(min(rl.sample_rows, len(prompts) * rl.group_size) / len(prompts))
    half = math.ceil(tokens / 2)
    middle = [prompt + (prompt * half)[:half] for prompt in prompts]
    endless = replace(policy, eos_ids=frozenset({-1}))

    def draw(given: list[list[int]], group: int, count: int) -> Seconds:
        rows = group * len(given)
        settings = {"max_new_tokens": count, "temperature": rl.temperature, "rows": rows}
        return timed(lambda: sample(endless, given, group, **settings), policy)

    def a_step(group: int) -> Seconds:
        few, more = PROBE_DRAWS
        return np.maximum(0.0, draw(middle, group, more) - draw(middle, group, few)) / (more - few)

    start, whole = draw(prompts, many, 1) / (many * len(prompts)), a_step(many)
    token = np.maximum(0.0, whole - a_step(1)) / ((many - 1) * len(prompts)) if many > 1 else np.zeros(2)
    return Costs(start, np.maximum(0.0, whole - token * many * len(prompts)), token)


def sampling_seconds(lengths: Sequence[int], rows: int, costs: Costs) -> Seconds:
    """Of rollouts of these lengths, at most `rows` at a time: where one has finished, the next begins.

    >>> costs = Costs(start=np.array([1.0]), step=np.array([10.0]), token=np.array([100.0]))
    >>> sampling_seconds([3, 1, 2], 2, costs).tolist()  # 3 starts, 2 steps, 3 further tokens
    [323.0]
    """
    ends = [0] * min(rows, len(lengths))
    for length in lengths:
        heapq.heapreplace(ends, ends[0] + length)
    return len(lengths) * costs.start + (max(ends) - 1) * costs.step + (sum(lengths) - len(lengths)) * costs.token


def drawn_from(every: Sequence[list[int]], count: int, seed: int) -> list[Rollout]:
    """So many of these completions, of all lengths as they are among them, as if they had been sampled."""
    by_length = sorted(every, key=len)
    chosen = [by_length[(2 * place + 1) * len(every) // (2 * count)] for place in range(count)]
    random.Random(seed).shuffle(chosen)  # a group has not one length alone
    return [Rollout(ids, [-1.0] * len(ids), 1.0, truncated=False) for ids in chosen]


def draw_rows(policy: Policy, prompts: list[list[int]], rl: Rl) -> tuple[list[Rollout], Seconds]:
    """A batch of rollouts and their time: to their ends, or if that may take too long, of full length by arithmetic."""
    group = math.ceil(min(rl.sample_rows, len(prompts) * rl.group_size) / len(prompts))
    rows = group * len(prompts)
    endless = replace(policy, eos_ids=frozenset({-1}))
    middle = [prompt + (prompt * rl.max_new_tokens)[: rl.max_new_tokens // 2] for prompt in prompts]

    def draw(policy: Policy, given: list[list[int]], tokens: int) -> list[Rollout]:
        return sample(policy, given, group, max_new_tokens=tokens, temperature=rl.temperature, rows=rows)

    few, many = PROBE_DRAWS
    short, long = (timed(partial(draw, endless, middle, tokens), policy) for tokens in PROBE_DRAWS)
    a_token = np.maximum(0.0, long - short) / (many - few)
    if a_token[0] * rl.max_new_tokens > PROBE_S:
        whole = timed(lambda: draw(endless, prompts, 1), policy) + a_token * (rl.max_new_tokens - 1)
        ids = [(prompt * rl.max_new_tokens)[: rl.max_new_tokens] for prompt in prompts for _ in range(group)]
        return [Rollout(row, [-1.0] * len(row), 1.0, True) for row in ids], whole
    drawn: list[Rollout] = []

    def to_the_end() -> None:
        drawn[:] = draw(policy, prompts, rl.max_new_tokens)

    return drawn, timed(to_the_end, policy)


def timed(work: Callable[[], Any], policy: Policy) -> Seconds:
    """Its seconds until the device has done it: the median of three after one that warms up; fewer of what is long."""
    taken: list[Seconds] = []
    while len(taken) < 4 and sum(one[0] for one in taken) < PROBE_S / 4:
        start = np.array([time.perf_counter(), time.process_time()])
        work()
        if policy.device.type == "cuda":
            torch.cuda.synchronize(policy.device)
        taken.append(np.array([time.perf_counter(), time.process_time()]) - start)
    return np.median(taken[1:] or taken, axis=0)
