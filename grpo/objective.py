"""The equations of GRPO, pure: tensors in, tensors out."""

from typing import Literal

import torch
from torch import Tensor


def group_advantages(rewards_PG: Tensor) -> Tensor:
    """How much better each rollout is than its group: (r - mean) / std (DeepSeek-R1, equation 3).

    A NaN reward is undecided: it takes no part in its group's mean or std and gets advantage 0. The std is that of the
    group itself (divisor G, not G - 1): of four rollouts the one right one gets 1.732. A group whose rewards are all
    the same, or of which at most one is decided, is silent: all its advantages are exactly 0.

    >>> group_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, float("nan")]]))
    tensor([[ 1.7321, -0.5774, -0.5774, -0.5774],
            [ 0.0000,  0.0000,  0.0000,  0.0000]])
    """
    decided_PG = ~rewards_PG.isnan()
    count_P1 = decided_PG.sum(1, keepdim=True).clamp(min=1)
    known_PG = rewards_PG.double().nan_to_num(0.0)  # float32 would see a spread in a group of equal rewards
    mean_P1 = known_PG.sum(1, keepdim=True) / count_P1
    gap_PG = torch.where(decided_PG, known_PG - mean_P1, 0.0)
    std_P1 = (gap_PG.square().sum(1, keepdim=True) / count_P1).sqrt()
    silent_P1 = std_P1 <= 1e-9 * known_PG.abs().amax(1, keepdim=True).clamp(min=1e-9)
    return torch.where(silent_P1, 0.0, gap_PG / std_P1.clamp(min=1e-300)).to(rewards_PG.dtype)


def token_weights(mask_BT: Tensor, loss: Literal["sequence_mean", "token_mean"]) -> Tensor:
    """The weight of each token in the mean over a whole batch; they add up to 1, and are 0 where the mask is.

    sequence_mean is the mean over tokens, then over rollouts (DeepSeek-R1, equation 1); token_mean the mean over all
    tokens (DAPO). Computed once for a batch, so that splitting it changes nothing. A rollout without any unmasked token
    counts for nothing, also in the denominator.
    """
    mask_BT = mask_BT.float()
    lengths_B1 = mask_BT.sum(1, keepdim=True)
    if loss == "token_mean":
        return mask_BT / lengths_B1.sum().clamp(min=1)
    return mask_BT / lengths_B1.clamp(min=1) / (lengths_B1 > 0).sum().clamp(min=1)


def grpo_loss(
    logps_BT: Tensor,
    old_logps_BT: Tensor,
    ref_logps_BT: Tensor | None,
    advantages_B: Tensor,
    weights_BT: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    kl_coef: float,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The clipped surrogate less the KL penalty, weighted by token (DeepSeek-R1, equations 1 and 2): a sum to minimise.

    Returns the loss, and weighted sums over the tokens for the log: `clip_fraction`, and with a reference `kl`.
    Whatever stands where the weight is 0 has no effect, not even a NaN.
    """
    trained_BT = weights_BT > 0
    logps_BT = torch.where(trained_BT, logps_BT, 0.0)
    old_logps_BT = torch.where(trained_BT, old_logps_BT, 0.0)
    advantages_B1 = advantages_B[:, None]

    ratio_BT = (logps_BT - old_logps_BT).exp()
    clipped_BT = ratio_BT.clamp(1 - clip_low, 1 + clip_high)
    surrogate_BT = torch.minimum(ratio_BT * advantages_B1, clipped_BT * advantages_B1)

    objective_BT = surrogate_BT
    sums = {"clip_fraction": ((clipped_BT * advantages_B1 < ratio_BT * advantages_B1) * weights_BT).sum()}
    if ref_logps_BT is not None:
        gap_BT = torch.where(trained_BT, ref_logps_BT, 0.0) - logps_BT
        kl_BT = gap_BT.exp() - gap_BT - 1  # unbiased and never negative (the "k3" estimator)
        objective_BT = surrogate_BT - kl_coef * kl_BT
        sums["kl"] = (kl_BT * weights_BT).sum().detach()

    return -(torch.where(trained_BT, objective_BT, 0.0) * weights_BT).sum(), sums
