"""Prompts → rollouts: samples from the policy, with the log-probs they were sampled at."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DynamicCache

from .linear import Linear, packed_weights, product
from .policy import Policy, forward, pad
from .slots import Cohort, Slots, refillable

READ_TOKENS = 16_384
"""Prompt tokens, padding included, that go through the model at a time."""

DRAW_BLOCK = 256
"""Ids of the vocabulary whose probabilities are added up before one of them is drawn."""


@dataclass(frozen=True)
class Rollout:
    """One completion as token ids; the ids are what is trained on, never its text read again."""

    ids: list[int]
    logps: list[float]
    """Log-prob of each token at the sampling temperature."""
    entropy: float | None
    """Mean over the tokens of the entropy that each was drawn with, in nats; None where the engine cannot tell."""
    truncated: bool
    """Cut off at the limit, without an end-of-sequence token."""


@dataclass(frozen=True)
class Seat:
    """A rollout in the making."""

    place: int
    dice: np.random.Generator
    ids: list[int] = field(default_factory=list)
    logps: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)

    def rollout(self, eos_ids: frozenset[int]) -> Rollout:
        """What it has come to."""
        entropy = sum(self.entropies) / len(self.ids)
        return Rollout(self.ids, self.logps, entropy, truncated=self.ids[-1] not in eos_ids)


@dataclass(frozen=True)
class Read:
    """A prompt that went through the model: its row of a cache, and its last hidden state."""

    cache: DynamicCache
    row: int
    hidden_D: Tensor


def completions_of(tokenizer: Any, rollouts: Sequence[Rollout]) -> list[str]:
    """The text of each rollout, without its end-of-sequence token."""
    texts: list[str] = tokenizer.batch_decode([r.ids if r.truncated else r.ids[:-1] for r in rollouts])
    return texts


def sample(policy: Policy, prompts: Sequence[Sequence[int]], group_size: int, **settings: Any) -> list[Rollout]:
    """All that `stream` yields with these settings, in the order of the places."""
    found = dict(stream(policy, prompts, group_size, **settings))
    return [found[place] for place in sorted(found)]


@torch.no_grad()
def stream(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    group_size: int,
    *,
    max_new_tokens: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int = 0,
    rows: int = 512,
    places: Sequence[int] | None = None,
) -> Iterator[tuple[int, Rollout]]:
    """`group_size` rollouts of each prompt as they finish, each with its place: group after group.

    With `places` only those. At most `rows` are sampled at a time; where one has finished, the next begins. A rollout
    hangs on its prompt, the seed and its place, and not on which others are sampled, but for the rounding of floats.
    top_p is for evaluation: it leaves out the unlikeliest tokens, while log-probs stay those of the whole vocabulary.
    """
    waiting = deque(sorted(range(len(prompts) * group_size) if places is None else places))
    with packed_weights(policy.model, min(rows, len(waiting))):
        yield from refilled(policy, prompts, group_size, waiting, max_new_tokens, temperature, top_p, seed, rows)


def refilled(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    group_size: int,
    waiting: deque[int],
    max_new_tokens: int,
    temperature: float,
    top_p: float,
    seed: int,
    rows: int,
) -> Iterator[tuple[int, Rollout]]:
    """The rollouts of these places, at most `rows` at a time."""
    rows, longest = min(rows, len(waiting)), max((len(prompts[place // group_size]) for place in waiting), default=0)
    slots: Slots | Cohort = Cohort()
    if refillable(policy.model.config):
        limit = longest + max_new_tokens - 1  # nobody asks for the last token's keys and values
        slots = Slots(policy.model.config, rows, longest, limit, refill=rows < len(waiting))
    seats: list[Seat] = []
    reads: dict[int, Read] = {}
    hidden_RD = torch.empty(0, device=policy.device)
    while waiting or seats:
        free = rows - len(seats) if slots.refills or not seats else 0
        new = [waiting.popleft() for _ in range(min(free, len(waiting)))]
        if new:
            asked = [place // group_size for place in new]
            read_prompts(policy, prompts, asked, reads, budget=READ_TOKENS if slots.refills else None)
            for _, same in groupby((p for p in asked), key=lambda p: id(reads[p].cache)):
                some = list(same)
                slots.seat(reads[some[0]].cache, [reads[p].row for p in some], [len(prompts[p]) for p in some])
            hidden_RD = torch.cat([hidden_RD, *(reads[p].hidden_D[None] for p in asked)])
            seats += [Seat(place, dice_of(seed, place)) for place in new]
            reads = forget(reads, waiting[0] // group_size if waiting and slots.refills else None)

        darts = [seat.dice.random() for seat in seats]
        for seat, token, logp, entropy in zip(seats, *throw(policy, hidden_RD, temperature, top_p, darts), strict=True):
            seat.ids.append(token)
            seat.logps.append(logp)
            seat.entropies.append(entropy)
        going = [
            row
            for row, seat in enumerate(seats)
            if seat.ids[-1] not in policy.eos_ids and len(seat.ids) < max_new_tokens
        ]
        done = [seats[row] for row in sorted(set(range(len(seats))) - set(going))]
        order = close_gaps(going)
        slots.keep(order)
        seats = [seats[row] for row in order]
        for seat in done:
            yield seat.place, seat.rollout(policy.eos_ids)
        if seats:
            with policy.autocast():
                ids_R1 = torch.tensor([[seat.ids[-1]] for seat in seats], device=policy.device)
                hidden_RD = forward(policy.model, ids_R1, slots.seen(policy.device), slots.cache)[:, 0]
            slots.step()
        else:
            hidden_RD = hidden_RD[:0]


def dice_of(seed: int, place: int) -> np.random.Generator:
    """The random numbers of one rollout, a token each: counter-based, their key is the seed with the place."""
    return np.random.Generator(np.random.Philox(key=(seed % 2**64) << 64 | place))


def close_gaps(going: Sequence[int]) -> list[int]:
    """These rows, as few as can be out of their place: the last ones, in the gaps of those that left.

    >>> close_gaps([0, 2, 3, 5])
    [0, 5, 2, 3]
    """
    here = {row for row in going if row < len(going)}
    last = [row for row in going if row >= len(going)]
    return [row if row in here else last.pop() for row in range(len(going))]


def read_prompts(
    policy: Policy, prompts: Sequence[Sequence[int]], asked: Sequence[int], reads: dict[int, Read], budget: int | None
) -> None:
    """Read those of the asked prompts that `reads` lacks into it, at most `budget` tokens at a time."""
    parts: list[list[int]] = []
    for p in dict.fromkeys(asked):
        if p in reads:
            continue
        longest = max(len(prompts[q]) for q in [*(parts[-1] if parts else []), p])
        if not parts or (budget is not None and longest * (len(parts[-1]) + 1) > budget):
            parts.append([])
        parts[-1].append(p)
    for part in parts:
        cache = DynamicCache(config=policy.model.config)
        with policy.autocast():
            ids_PS, seen_PS = pad([prompts[p] for p in part], left=True, device=policy.device)
            hidden_PD = forward(policy.model, ids_PS, seen_PS, cache)[:, -1].clone()
        reads |= {p: Read(cache, row, hidden_PD[row]) for row, p in enumerate(part)}


def forget(reads: dict[int, Read], needed: int | None) -> dict[int, Read]:
    """What was read of this prompt alone, for some of whose rollouts there was no row yet."""
    if needed not in reads:
        return {}
    read = reads[needed]
    read.cache.batch_select_indices(torch.tensor([read.row]))
    return {needed: Read(read.cache, 0, read.hidden_D)}


def throw(
    policy: Policy, hidden_RD: Tensor, temperature: float, top_p: float, darts: Sequence[float]
) -> tuple[list[int], list[float], list[float]]:
    """The next token of each row where its dart in [0, 1) hits; its log-prob, and the entropy of the distribution."""
    with policy.autocast():
        logps_RV = next_logits(policy.model.get_output_embeddings(), hidden_RD, temperature).log_softmax(-1)
    probs_RV = logps_RV.exp()
    dart_R = torch.tensor(darts, dtype=torch.float64, device=probs_RV.device)
    ids_R = draw(probs_RV if top_p == 1 else nucleus(probs_RV, top_p), dart_R)
    logps_R = logps_RV.gather(1, ids_R[:, None])[:, 0]
    return ids_R.tolist(), logps_R.tolist(), (-(probs_RV * logps_RV).sum(-1)).tolist()


def next_logits(head: Any, hidden_RD: Tensor, temperature: float) -> Tensor:
    """Logits [R, V] in float32 over the temperature."""
    logits_RV = (head(hidden_RD) if isinstance(head, Linear) else product(hidden_RD, head.weight, head.bias)).float()
    return logits_RV if temperature == 1 else logits_RV / temperature


def nucleus(probs_RV: Tensor, top_p: float) -> Tensor:
    """The fewest likeliest tokens whose probabilities come to top_p or more; the others' are 0 (arXiv 1904.09751)."""
    sorted_RV, order_RV = probs_RV.sort(dim=-1, descending=True, stable=True)
    before_RV = sorted_RV.cumsum(-1, dtype=torch.float64) - sorted_RV
    return torch.zeros_like(probs_RV).scatter(1, order_RV, sorted_RV.masked_fill(before_RV >= top_p, 0.0))


def draw(probs_RV: Tensor, dart_R: Tensor) -> Tensor:
    """The id [R] that each row's dart in [0, 1) hits: where the cumulated probabilities, in float64, first pass it.

    First the block that it hits, then the id within: on a CPU that takes a fifth of the time of one long sum.
    """
    blocks_RNC = nn.functional.pad(probs_RV, (0, -probs_RV.shape[1] % DRAW_BLOCK)).unflatten(1, (-1, DRAW_BLOCK))
    cumulated_RN = blocks_RNC.sum(-1, dtype=torch.float64).cumsum(-1)
    aim_R = dart_R * cumulated_RN[:, -1]
    block_R = first_past(cumulated_RN, aim_R)
    cumulated_RC = blocks_RNC[torch.arange(len(block_R), device=block_R.device), block_R].cumsum(
        -1, dtype=torch.float64
    )
    before_R = nn.functional.pad(cumulated_RN, (1, 0)).gather(1, block_R[:, None])[:, 0]
    return block_R * DRAW_BLOCK + first_past(cumulated_RC, aim_R - before_R)


def first_past(cumulated_RN: Tensor, aim_R: Tensor) -> Tensor:
    """The first place [R] with more than the row's aim; by rounding the aim may be all there is, but not be missed."""
    last_R = cumulated_RN[:, -1]
    aim_R = torch.minimum(aim_R, torch.nextafter(last_R, torch.zeros_like(last_R)))
    return torch.searchsorted(cumulated_RN, aim_R[:, None], right=True)[:, 0]
