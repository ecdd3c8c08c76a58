"""Work that the ranks of one run share, and the errors of any of them."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch.distributed as dist

T = TypeVar("T")


def rank() -> int:
    """This process's number, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """How many there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def own_share(count: int) -> range:
    """Which of `count` things in a row are this rank's: neighbours, as many as any other's."""
    return range(count * rank() // world(), count * (rank() + 1) // world())


def on_ranks(do: Callable[[], T]) -> list[T]:
    """What this gives on each rank, for all of them to know; what it raises on one, it raises on all."""
    if world() == 1:
        return [do()]
    own: tuple[Any, Exception | None]
    try:
        own = do(), None
    except Exception as error:  # raised below, on every rank: else the others would wait for ever
        own = None, error
    found: list[Any] = [None] * world()
    dist.all_gather_object(found, own)
    for _, fault in found:
        if fault:
            raise fault
    return [value for value, _ in found]


def on_first_rank(do: Callable[[], T]) -> T:
    """What this gives on rank 0, where alone it is done; the others wait."""
    found: list[Any] = on_ranks(lambda: do() if rank() == 0 else None)
    value: T = found[0]
    return value
