"""Work that the ranks of one run share, and the errors of any of them."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch.distributed as dist

T = TypeVar("T")


def own_share(everything: list[T]) -> list[T]:
    """What this rank does of what all could do."""
    return everything[dist.get_rank() :: dist.get_world_size()] if dist.is_initialized() else everything


def on_ranks(do: Callable[[], T]) -> list[T]:
    """What this gives on each rank, for all of them to know; what it raises on one, it raises on all."""
    if not dist.is_initialized():
        return [do()]
    own: tuple[Any, Exception | None]
    try:
        own = do(), None
    except Exception as error:  # raised below, on every rank: else the others would wait for ever
        own = None, error
    found: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(found, own)
    for _, fault in found:
        if fault:
            raise fault
    return [value for value, _ in found]


def on_first_rank(do: Callable[[], T]) -> T:
    """What this gives on rank 0, where alone it is done."""
    first = not dist.is_initialized() or dist.get_rank() == 0
    found: list[Any] = on_ranks(lambda: do() if first else None)
    return found[0]
