"""Does an engine sample from the policy's weights? The log-probs of a fixed probe, on both sides of a push."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from .config import RecipeError
from .policy import Policy, completion_logps

PROBE_TOKENS = 32
TOLERANCE, TOLERANCE_BFLOAT16 = 1e-4, 0.5
"""Largest difference of a log-prob. On SmolLM2-135M it was 3.4e-5, and in bfloat16, where each side rounds in its own
order, 0.21."""
NEARER = 4
"""So many times nearer to the old weights' log-probs than to the new ones', an engine has not got the new ones."""


def probe_of(policy: Policy) -> list[int]:
    """Token ids from all over the vocabulary, the same every time."""
    return random.Random(0).choices(range(policy.model.get_output_embeddings().weight.shape[0]), k=PROBE_TOKENS)


@torch.no_grad()
def trainer_logps(policy: Policy) -> Tensor:
    """Log-probs [T] of the probe's tokens after its first."""
    probe = probe_of(policy)
    return completion_logps(policy, [probe[:1]], [0], [probe[1:]])[0].cpu()


def push_gap(policy: Policy, engine_logps: Sequence[float], new_T: Tensor, old_T: Tensor | None) -> float:
    """How far the engine's log-probs of the probe are from the trainer's; RecipeError where the push did not arrive.

    `old_T` are the trainer's as of the push before: a small step moves them by less than the tolerance, but an engine
    that has not got it is nearer to them.
    """
    engine_T = torch.tensor(engine_logps)
    gap = (engine_T - new_T).abs().max().item()
    if old_T is not None and (engine_T - old_T).abs().max().item() * NEARER < gap:
        raise RecipeError(
            f"the step's weights did not reach vLLM: on a probe its log-probs are those from before (the new ones are "
            f"{gap:.2g} away), so its rollouts would be of an old policy; restart it, and the same command goes on"
        )
    tolerance = TOLERANCE_BFLOAT16 if policy.bfloat16 else TOLERANCE
    if not gap <= tolerance:
        raise RecipeError(
            f"after a push vLLM's log-probs of a probe are {gap:.2g} from the trainer's, more than {tolerance:g}: it "
            "has other weights, or computes something else; restart it in the run's precision, or take "
            "engine = 'transformers'"
        )
    return gap
