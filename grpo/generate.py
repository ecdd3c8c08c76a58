"""Prompts → rollouts: samples from the policy, with the log-probs they were sampled at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from .policy import Policy, forward, pad

COMPACT_BELOW = 0.8
"""Finished rows leave the batch when the others are at most this share of it."""


@dataclass(frozen=True)
class Rollout:
    """One completion as token ids; the ids are what is trained on, never its text read again."""

    ids: list[int]
    logps: list[float]
    """Log-prob of each token at the sampling temperature."""
    entropy: float
    """Mean over the tokens of the entropy that each was drawn with, in nats."""
    truncated: bool
    """Cut off at the limit, without an end-of-sequence token."""


def completions_of(tokenizer: Any, rollouts: Sequence[Rollout]) -> list[str]:
    """The text of each rollout, without its end-of-sequence token."""
    texts: list[str] = tokenizer.batch_decode([r.ids if r.truncated else r.ids[:-1] for r in rollouts])
    return texts


class GrowingLayer(DynamicLayer):
    """Keys and values in a buffer with room to grow: a token costs one write, not a copy of all before it."""

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Append [B, H, T, D] keys and values; return all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.room = [key_states[:, :, :0], value_states[:, :, :0]]
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        for slot, new in enumerate((key_states, value_states)):
            if end > self.room[slot].shape[-2]:
                old = self.room[slot]
                self.room[slot] = new.new_empty(*new.shape[:2], end + max(32, end // 2), new.shape[-1])
                self.room[slot][:, :, :start] = old[:, :, :start]
            self.room[slot][:, :, start:end] = new
        self.keys, self.values = (room[:, :, :end] for room in self.room)
        return self.keys, self.values

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these rows, in this order; a row may be named more than once."""
        end = self.get_seq_length()
        self.room = [room[indices] for room in self.room]
        self.keys, self.values = (room[:, :, :end] for room in self.room)


def sample(
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
) -> list[Rollout]:
    """`group_size` rollouts of each prompt, group after group; at most `rows` of them are sampled at a time.

    top_p is for evaluation: it leaves out the unlikeliest tokens, while log-probs stay those of the whole vocabulary.
    """
    dice = torch.Generator().manual_seed(seed)
    row_B = [prompt for prompt in range(len(prompts)) for _ in range(group_size)]
    rollouts: list[Rollout] = []
    for start in range(0, len(row_B), rows):
        part = row_B[start : start + rows]
        first = part[0]
        some = prompts[first : part[-1] + 1]
        rollouts += sample_rows(policy, some, [row - first for row in part], max_new_tokens, temperature, dice, top_p)
    return rollouts if places is None else [rollouts[place] for place in places]


@torch.no_grad()
def sample_rows(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    rows: Sequence[int],
    max_new_tokens: int,
    temperature: float,
    dice: torch.Generator,
    top_p: float = 1.0,
) -> list[Rollout]:
    """One rollout for each row's prompt. Every prompt is read once, and finished rows leave the batch."""
    device = policy.device
    head = policy.model.get_output_embeddings()
    eos_E = torch.tensor(sorted(policy.eos_ids), device=device)
    cache = DynamicCache(config=policy.model.config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]

    ids_BT = torch.zeros(len(rows), max_new_tokens, dtype=torch.long, device=device)
    logps_BT = torch.zeros(len(rows), max_new_tokens, device=device)
    entropy_B = torch.zeros(len(rows), device=device)
    length_B = torch.full((len(rows),), max_new_tokens, device=device)
    ended_B = torch.zeros(len(rows), dtype=torch.bool, device=device)
    live_R = torch.arange(len(rows), device=device)  # which of the B rollouts each row of the batch is

    with policy.autocast():
        prompt_PS, seen_PS = pad(prompts, left=True, device=device)
        hidden_PD = forward(policy.model, prompt_PS, seen_PS, cache)[:, -1]
        row_B = torch.tensor(rows, device=device)
        cache.batch_select_indices(row_B)
        hidden_RD, seen_RK = hidden_PD[row_B], seen_PS[row_B]
        for t in range(max_new_tokens):
            logps_RV = next_logits(head, hidden_RD, temperature).log_softmax(-1)
            probs_RV = logps_RV.exp()
            ids_R = draw(probs_RV if top_p == 1 else nucleus(probs_RV, top_p), dice)
            ids_BT[live_R, t] = ids_R
            logps_BT[live_R, t] = logps_RV.gather(1, ids_R[:, None])[:, 0]
            entropy_B[live_R] += torch.where(ended_B[live_R], 0.0, -(probs_RV * logps_RV).sum(-1))

            ends_R = torch.isin(ids_R, eos_E) & ~ended_B[live_R]
            length_B[live_R[ends_R]] = t + 1
            ended_B[live_R[ends_R]] = True
            going_R = ~ended_B[live_R]
            if t + 1 == max_new_tokens or not going_R.any():
                break
            if going_R.float().mean() <= COMPACT_BELOW:
                keep = going_R.nonzero()[:, 0]
                cache.batch_select_indices(keep)
                live_R, ids_R, seen_RK = live_R[keep], ids_R[keep], seen_RK[keep]
            seen_RK = torch.cat([seen_RK, seen_RK.new_ones(len(seen_RK), 1)], dim=1)
            hidden_RD = forward(policy.model, ids_R[:, None], seen_RK, cache)[:, 0]

    mean_entropy_B = (entropy_B / length_B).tolist()
    lengths, ended = length_B.tolist(), ended_B.tolist()
    return [
        Rollout(ids_BT[b, :n].tolist(), logps_BT[b, :n].tolist(), mean_entropy_B[b], truncated=not ended[b])
        for b, n in enumerate(lengths)
    ]


def next_logits(head: Any, hidden_RD: Tensor, temperature: float) -> Tensor:
    """Logits [R, V] in float32 over the temperature; the head comes first, since a CPU does that faster by a third."""
    logits_RV = (head.weight @ hidden_RD.T).T.float()
    logits_RV = logits_RV if head.bias is None else logits_RV + head.bias
    return logits_RV if temperature == 1 else logits_RV / temperature


def nucleus(probs_RV: Tensor, top_p: float) -> Tensor:
    """The fewest likeliest tokens whose probabilities come to top_p or more; the others' are 0 (arXiv 1904.09751)."""
    sorted_RV, order_RV = probs_RV.sort(dim=-1, descending=True, stable=True)
    before_RV = sorted_RV.cumsum(-1, dtype=torch.float64) - sorted_RV
    return torch.zeros_like(probs_RV).scatter(1, order_RV, sorted_RV.masked_fill(before_RV >= top_p, 0.0))


def draw(probs_RV: Tensor, dice: torch.Generator) -> Tensor:
    """One id [R] from each row's distribution, by one random number a row and the cumulated probabilities."""
    cumulated_RV = probs_RV.cumsum(-1, dtype=torch.float64)
    dart_R1 = (
        torch.rand(len(probs_RV), 1, dtype=torch.float64, generator=dice).to(probs_RV.device) * cumulated_RV[:, -1:]
    )
    return torch.searchsorted(cumulated_RV, dart_R1, right=True)[:, 0].clamp(max=probs_RV.shape[1] - 1)
