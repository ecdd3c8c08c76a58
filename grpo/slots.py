"""Keys and values of the rollouts that are sampled together: rows that are taken and left at any step.

All rows end in the same column, each as far to the left of it as it is long: to the model that is left padding, so the
masks of any of its layers, sliding windows too, are those that transformers makes. A step writes one column. Rows are
never copied but to close the gap of one that left; columns are when they run out, every quarter of a row's length.
"""

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

FEW = 256
"""Columns to begin with, where a row may need more: most completions end long before the limit."""
KNOWN = {"full_attention", "sliding_attention"}
"""Kinds of layers whose mask depends on the distance between two columns alone."""


class SlotLayer(DynamicLayer):
    """One layer's keys and values: [N rows, H, C columns, D]; those of earlier tenants stay, behind the mask."""

    def __init__(self, slots: "Slots", window: int | None) -> None:
        super().__init__()
        self.slots: Slots = weakref.proxy(slots)  # or all that was kept would wait for the garbage collector
        self.is_sliding = window is not None
        self.most = slots.limit if window is None else window - 1
        self.room: list[Tensor] = []

    def get_seq_length(self) -> int:
        """The columns in use, as if a sliding layer kept them all."""
        return self.slots.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """How many columns attention sees, and how many are left out before them."""
        seen = min(self.slots.length, self.most)
        return seen + query_length, self.slots.length - seen

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write the [R, H, 1, D] keys and values of one more token a row; return all that it may see."""
        count, end = self.slots.count, self.slots.end
        for room, new in zip(self.room, (key_states, value_states), strict=True):
            room[:count, :, end : end + 1] = new
        start = end - min(self.slots.length, self.most)
        keys, values = (room[:count, :, start : end + 1] for room in self.room)
        return keys, values

    def seat(self, read: DynamicLayer, prompt: int, length: int, row: int) -> None:
        """Give the row the keys and values of a prompt of that length, the last columns of what was read."""
        end, length = self.slots.end, min(length, self.most, read.keys.shape[2])
        if not self.room:
            heads, width = read.keys.shape[1], (read.keys.shape[3], read.values.shape[3])
            self.room = [read.keys.new_zeros(self.slots.rows, heads, self.slots.columns, each) for each in width]
        for room, old in zip(self.room, (read.keys, read.values), strict=True):
            room[row, :, end - length : end] = old[prompt, :, old.shape[2] - length :]

    def relay(self, end: int, columns: int) -> None:
        """Move the columns in use so that they end at `end`; to a larger room if `columns` are more than there are."""
        count, length, last = self.slots.count, self.slots.length, self.slots.end
        for which, room in enumerate(self.room):
            live = room[:count, :, last - length : last]
            if columns > room.shape[2]:
                self.room[which] = room.new_zeros(*room.shape[:2], columns, room.shape[3])
            else:
                live = live.clone()
            self.room[which][:count, :, end - length : end] = live


class Slots:
    """The cache of at most `rows` rollouts, none longer than `limit` columns."""

    refills = True

    def __init__(self, config: Any, rows: int, longest_prompt: int, limit: int, *, refill: bool) -> None:
        self.rows, self.limit, self.longest_prompt = rows, limit, longest_prompt
        self.bound = limit + (limit // 4 + 1 if refill else 0)
        self.columns = min(self.bound, max(FEW, 2 * longest_prompt))
        self.count, self.end, self.length = 0, longest_prompt, 0
        self.lengths: list[int] = []
        """Columns of each row; `length` is that of the longest."""
        self.cache = DynamicCache(config=config)
        self.cache.layers = [SlotLayer(self, getattr(layer, "sliding_window", None)) for layer in self.cache.layers]

    def seat(self, read: DynamicCache, prompts: Sequence[int], lengths: Sequence[int]) -> None:
        """Begin a row with each of these rows of another cache, which read prompts of these lengths, padded left."""
        for prompt, length in zip(prompts, lengths, strict=True):
            for layer, old in zip(self.cache.layers, read.layers, strict=True):
                layer.seat(old, prompt, length, self.count)
            self.count += 1
        self.lengths += lengths
        self.length = max(self.lengths)

    def keep(self, order: Sequence[int]) -> None:
        """Keep these rows in this order; one is out of its place only where it fills the gap of one that left."""
        moved = [(to, row) for to, row in enumerate(order) if to != row]
        if moved:
            to, row = (list(rows) for rows in zip(*moved, strict=True))
            used = slice(self.end - self.length, self.end)
            for room in (room for layer in self.cache.layers for room in layer.room):
                room[to, :, used] = room[row, :, used]
        self.lengths = [self.lengths[row] for row in order]
        self.count, self.length = len(order), max(self.lengths, default=0)

    def seen(self, device: torch.device) -> Tensor:
        """Which columns each row sees [R, K] with the token to come; makes room for it."""
        if self.end == self.columns:
            grow = self.columns < self.bound and self.length > self.columns // 2
            columns = min(self.bound, 2 * self.columns) if grow else self.columns
            end = self.end if grow else max(self.length, self.longest_prompt)
            for layer in self.cache.layers:
                layer.relay(end, columns)
            self.end, self.columns = end, columns
        return last_columns(self.length + 1, self.lengths, device)

    def step(self) -> None:
        """Count the token that the model has just read in every row."""
        self.end, self.length = self.end + 1, self.length + 1
        self.lengths = [length + 1 for length in self.lengths]


class Cohort:
    """As `Slots`, for a model with layers of other kinds: rows leave at any step, but begin only once all have left."""

    refills = False

    def __init__(self) -> None:
        self.cache: Any = None
        self.lengths: list[int] = []

    def seat(self, read: DynamicCache, prompts: Sequence[int], lengths: Sequence[int]) -> None:
        """See `Slots`; the other cache is used up."""
        self.cache, self.lengths = read, list(lengths)
        self.keep_rows(prompts)

    def keep(self, order: Sequence[int]) -> None:
        """Keep these rows in this order."""
        if order and list(order) != list(range(len(self.lengths))):
            self.keep_rows(order)
        self.lengths = [self.lengths[row] for row in order]

    def keep_rows(self, rows: Sequence[int]) -> None:
        """The cache of these rows alone; a row may be named more than once."""
        self.cache.batch_select_indices(torch.tensor(rows))

    def seen(self, device: torch.device) -> Tensor:
        """See `Slots`."""
        return last_columns(self.cache.get_seq_length() + 1, self.lengths, device)

    def step(self) -> None:
        """See `Slots`."""
        self.lengths = [length + 1 for length in self.lengths]


def last_columns(columns: int, lengths: Sequence[int], device: torch.device) -> Tensor:
    """The mask [R, K] of each row's `length + 1` last columns."""
    before_K = torch.arange(columns - 1, -1, -1, device=device)
    return before_K <= torch.tensor(lengths, device=device)[:, None]


def refillable(config: Any) -> bool:
    """Whether `Slots` holds all that the model remembers."""
    text = config.get_text_config(decoder=True)
    kinds = {type(layer) for layer in DynamicCache(config=config).layers}
    known = set(getattr(text, "layer_types", None) or []) <= KNOWN and not getattr(text, "attention_chunk_size", None)
    return known and kinds <= {DynamicLayer, DynamicSlidingWindowLayer}
