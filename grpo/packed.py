"""Prompts and their completions in one row of N tokens: no padding, and each prompt once, whoever goes on from it.

All of a transformer but attention reads each token by itself. Attention is given the places of the tokens, P prompts of
up to S and B completions of up to T: a prompt's token sees those before it, a completion's its prompt and those before
it. Models bring their attention as one function of transformers' registry, and ours goes there under a name of its own;
without the places it is PyTorch's, as before.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers import AttentionInterface, AttentionMaskInterface, DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from .slots import KNOWN

NAME = "shared_prompts"
CELLS = 1 << 23
"""Pairs of a query and a key in a table; a completion alone may have more."""
BEYOND = ("position_bias", "softcap", "s_aux", "indices")
"""What attention functions are given that changes the scores, or says which tokens are seen."""


class Spread(torch.autograd.Function):
    """Rows [N, …] at these places among zeros; `index_copy` would keep the rows for its backward pass."""

    @staticmethod
    def forward(ctx: Any, x_NHD: Tensor, places_N: Tensor, rows: int) -> Tensor:
        """Rows [R, …]."""
        ctx.save_for_backward(places_N)
        return x_NHD.new_zeros(rows, *x_NHD.shape[1:]).index_copy_(0, places_N, x_NHD)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_RHD: Tensor) -> tuple[Tensor, None, None]:
        """What came of these places."""
        (places_N,) = ctx.saved_tensors
        return grad_RHD.index_select(0, places_N), None, None


@dataclass(frozen=True)
class Table:
    """Sequences one below the other, [B, T, …], against one after the other, [N, …]."""

    lengths: Sequence[int]
    filled_N: Tensor
    """The places in the B · T of the table."""

    def padded(self, x_NHD: Tensor) -> Tensor:
        """The table of a row, with zeros behind each sequence."""
        rows, most = len(self.lengths), max(self.lengths)
        made: Tensor = Spread.apply(x_NHD, self.filled_N, rows * most)
        return made.unflatten(0, (rows, most))

    def unpadded(self, x_BTHD: Tensor) -> Tensor:
        """The row of a table."""
        return x_BTHD.flatten(0, 1).index_select(0, self.filled_N)


@dataclass(frozen=True)
class Places:
    """Where in the row what stands: prompts one after another, then completions, each without its last token."""

    ids_N: Tensor
    positions_N: Tensor
    before_N: Tensor
    """The place from which each token of the completions is predicted, in the order in which they were given."""
    prompts: Table
    blocks: Sequence[tuple[Table, Tensor]]
    """Completions about as long as each other, the longest first, with the prompt of each [B]."""
    masks: dict[tuple[int | None, torch.dtype, int], list[Tensor]] = field(default_factory=dict)
    """By the width of a sliding window, type and queries a key: what the tokens of prompts, then of each block, see."""

    def read_by(self, model: Any) -> Tensor:
        """The hidden states [N, D] of the row."""
        output = model.base_model(
            input_ids=self.ids_N[None],
            position_ids=self.positions_N[None],
            attention_mask=self.ids_N[None, None, None],  # of four dimensions: passed on as it is, and not read
            use_cache=False,
            places=self,
        )
        hidden_ND: Tensor = output.last_hidden_state[0]
        return hidden_ND


class NotPacked(RuntimeError):
    """A model's attention wants something else than what the places say."""


def places_of(
    prompts: Sequence[Sequence[int]], rows: Sequence[int], completions: Sequence[Sequence[int]], device: torch.device
) -> Places:
    """The places of completions[b] after prompts[rows[b]]."""
    ids: list[int] = []
    positions: list[int] = []
    last = []
    for prompt in prompts:
        ids += prompt
        positions += range(len(prompt))
        last.append(len(ids) - 1)
    before = [[last[row]][: len(completion)] for row, completion in zip(rows, completions, strict=True)]
    blocks = blocks_of([len(completion) - 1 for completion in completions], max(map(len, prompts)))
    for b in itertools.chain(*blocks):
        row, own = rows[b], completions[b][:-1]
        before[b] += range(len(ids), len(ids) + len(own))
        ids += own
        positions += range(len(prompts[row]), len(prompts[row]) + len(own))
    ids_N, positions_N, before_N = (
        torch.tensor(x, device=device) for x in (ids, positions, list(itertools.chain(*before)))
    )
    tables = [
        (table_of([len(completions[b]) - 1 for b in block], device), torch.tensor([rows[b] for b in block]).to(device))
        for block in blocks
    ]
    return Places(ids_N, positions_N, before_N, table_of([len(prompt) for prompt in prompts], device), tables)


def blocks_of(lengths: Sequence[int], prompt: int) -> list[list[int]]:
    """Which completions share a table: as many as a mask has room for, so that few are padded to the longest of all."""
    blocks: list[list[int]] = []
    for b in sorted((b for b, length in enumerate(lengths) if length > 0), key=lambda b: -lengths[b]):
        most = lengths[blocks[-1][0]] if blocks else 0
        if not blocks or (len(blocks[-1]) + 1) * most * (prompt + most) > CELLS:
            blocks.append([])
        blocks[-1].append(b)
    return blocks


def table_of(lengths: Sequence[int], device: torch.device) -> Table:
    """The table of sequences of these lengths."""
    filled = [b * max(lengths) + t for b, length in enumerate(lengths) for t in range(length)]
    return Table(lengths, torch.tensor(filled, dtype=torch.long, device=device))


def attend(
    module: nn.Module,
    query_1HND: Tensor,
    key_1HND: Tensor,
    value_1HND: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    places: Places | None = None,
    **given: Any,
) -> tuple[Tensor, None]:
    """Attention [1, N, H, D] of the row, as transformers' attention functions return it."""
    if places is None:
        if attention_mask is not None and attention_mask.dtype == torch.long:
            raise NotPacked(f"{type(module).__name__} was not given the places")
        given |= {"dropout": dropout, "scaling": scaling, "sliding_window": sliding_window}
        return sdpa_attention_forward(module, query_1HND, key_1HND, value_1HND, attention_mask, **given)
    own = [name for name in BEYOND if given.get(name) is not None]
    if own or given.get("is_causal") is False or attention_mask is None or attention_mask.dtype != torch.long:
        raise NotPacked(f"{type(module).__name__} has a mask of its own: {', '.join(own) or 'attention_mask'}")
    kind = sliding_window, query_1HND.dtype, query_1HND.shape[1] // key_1HND.shape[1]
    if kind not in places.masks:
        places.masks[kind] = masks_of(places, *kind)
    prompt_mask, *masks = places.masks[kind]
    each = [x_1HND[0].transpose(0, 1) for x_1HND in (query_1HND, key_1HND, value_1HND)]
    tables = [places.prompts, *(table for table, _ in places.blocks)]
    parts = zip(*(x_NHD.split([len(table.filled_N) for table in tables]) for x_NHD in each), strict=True)
    query_PSHD, key_PSHD, value_PSHD = map(places.prompts.padded, next(parts))
    found = [places.prompts.unpadded(grouped(query_PSHD, key_PSHD, value_PSHD, prompt_mask, scaling))]
    for (table, row_B), (query_N, key_N, value_N), mask in zip(places.blocks, parts, masks, strict=True):
        key_BKHD, value_BKHD = (
            torch.cat([x_PSHD.index_select(0, row_B), table.padded(x_NHD)], dim=1)
            for x_PSHD, x_NHD in ((key_PSHD, key_N), (value_PSHD, value_N))
        )
        found.append(table.unpadded(grouped(table.padded(query_N), key_BKHD, value_BKHD, mask, scaling)))
    return torch.cat(found)[None], None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


def grouped(query_BTHD: Tensor, key_BKHD: Tensor, value_BKHD: Tensor, mask: Tensor, scaling: float | None) -> Tensor:
    """Attention [B, T, H, D] where several heads of the query share one of keys and values: as so many more queries, if
    the mask is made for them; else keys and values are repeated."""
    length, heads = query_BTHD.shape[1:3]
    if mask.shape[2] == length and heads > key_BKHD.shape[2]:
        key_BKHD, value_BKHD = (x.repeat_interleave(heads // x.shape[2], dim=2) for x in (key_BKHD, value_BKHD))
    shared = key_BKHD.shape[2]
    query = query_BTHD.unflatten(2, (shared, heads // shared)).permute(0, 2, 3, 1, 4).flatten(2, 3)
    found = nn.functional.scaled_dot_product_attention(
        query, key_BKHD.transpose(1, 2), value_BKHD.transpose(1, 2), attn_mask=mask, scale=scaling
    )
    return found.unflatten(2, (heads // shared, length)).permute(0, 3, 1, 2, 4).flatten(2, 3)


def masks_of(places: Places, window: int | None, dtype: torch.dtype, groups: int) -> list[Tensor]:
    """0 for what a prompt's tokens see [1, 1, G·S, S], and each block's completions' [B, 1, G·T, S + T]: for G queries
    a key, or where that would be too large for one.

    As numbers: a boolean mask would be made into numbers by each layer, and kept for its backward pass.
    """
    device = places.ids_N.device
    lengths_P = torch.tensor(places.prompts.lengths, device=device)
    at_S = torch.arange(max(places.prompts.lengths), device=device)
    sights = [(at_S[None], at_S[None], at_S[None] >= 0)]
    for table, row_B in places.blocks:
        prompt_B1 = lengths_P[row_B][:, None]
        query_BT = prompt_B1 + torch.arange(max(table.lengths), device=device)
        key_BK = torch.cat([at_S.expand(len(prompt_B1), -1), query_BT], dim=1)
        real_BK = torch.cat([at_S < prompt_B1, torch.ones_like(query_BT, dtype=torch.bool)], dim=1)
        sights.append((query_BT, key_BK, real_BK))
    masks = []
    for query, key, real in sights:
        past = query[:, :, None] - key[:, None, :]
        seen = (past >= 0) & real[:, None, :] & (past < window if window else True)
        hidden = torch.zeros(seen.shape, dtype=dtype, device=device).masked_fill(~seen, -torch.inf)
        masks.append(hidden[:, None].repeat(1, 1, groups if groups * hidden.numel() <= CELLS else 1, 1))
    return masks


def packs(model: Any) -> bool:
    """Whether this model's attention can be given places; from here on it is ours that it calls."""
    config = model.config.get_text_config(decoder=True)
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    known = kinds <= KNOWN and not getattr(config, "attention_chunk_size", None)
    if config._attn_implementation == "sdpa" and known and not hasattr(model, "heeds_no_places"):
        model.set_attn_implementation(NAME)
        if config._attn_implementation == NAME and not heeds_places(model):
            model.set_attn_implementation("sdpa")
            model.heeds_no_places = True
    return bool(config._attn_implementation == NAME)


@torch.no_grad()
def heeds_places(model: Any) -> bool:
    """Whether the places reach all its attention, with the windows that the layers of its cache have."""
    places = places_of([[0, 1], [1]], [1], [[0, 1]], next(model.parameters()).device)
    try:
        places.read_by(model)
    except NotPacked:
        return False
    layers = DynamicCache(config=model.config).layers
    return {kind[0] for kind in places.masks} == {getattr(layer, "sliding_window", None) for layer in layers}
