"""The gradients of all ranks, clipped before they reach the weights; what is not finite stops the step."""

import math
from collections.abc import Sequence

import torch

from .config import RecipeError
from .policy import Policy
from .ranks import on_ranks
from .shards import sum_gradients, whole

MAX_GRAD_NORM = 1.0
"""Larger gradients are scaled down to this norm; the paper gives none."""


class Diverged(RecipeError):
    """A step was stopped before numbers that are not finite reached the weights."""

    def __init__(self, said: str, found: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.found = list(found)
        """What was not finite, besides the gradient."""


def clip_gradients(policy: Policy, found: Sequence[str] = ()) -> float:
    """Sum the gradients over the ranks, and scale them down to MAX_GRAD_NORM if larger; returns their norm before.

    `found` names what else this rank has found not to be finite. Raises Diverged where there is any on any rank, or the
    norm is not finite: here and not where it was found, so that all ranks stop.
    """
    sum_gradients(policy.model)
    norm = whole(torch.nn.utils.clip_grad_norm_(policy.model.parameters(), MAX_GRAD_NORM)).item()
    every = list(dict.fromkeys(name for own in on_ranks(lambda: list(found)) for name in own))
    if every or not math.isfinite(norm):
        what = f"{', '.join(every)} not finite, " if every else ""
        raise Diverged(
            f"training has diverged ({what}gradient norm {norm}): take a smaller lr, under another --name", every
        )
    return norm
