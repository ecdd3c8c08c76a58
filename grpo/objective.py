"""The equations of GRPO and of its relatives, pure: tensors in, tensors out; the defaults are the paper's."""

from typing import Literal

import torch
from torch import Tensor

Advantage = Literal["std", "mean", "leave_one_out"]
Loss = Literal["sequence_mean", "token_mean", "fixed_length"]
Ratio = Literal["token", "sequence"]
Surrogate = Literal["clip", "cispo"]
Kl = Literal["k1", "k2", "k3", "k3_ratio"]
Correction = Literal["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]


def group_advantages(rewards_PG: Tensor, advantage: Advantage = "std") -> Tensor:
    """How much better each rollout is than its group: (r - mean) / std (DeepSeek-R1, equation 3).

    A NaN reward is undecided: it takes no part in its group's mean or std and gets advantage 0. The std is that of the
    group itself (divisor G, not G - 1): of four rollouts the one right one gets 1.732. `mean` leaves the division out
    (Dr. GRPO); `leave_one_out` takes the mean of the others (RLOO), which is `mean` times G / (G - 1). A group whose
    rewards are all the same, or of which at most one is decided, is silent: all its advantages are exactly 0.

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
    if advantage == "std":
        advantages_PG = gap_PG / std_P1.clamp(min=1e-300)
    elif advantage == "leave_one_out":
        advantages_PG = gap_PG * count_P1 / (count_P1 - 1).clamp(min=1)  # int / int would be float32
    else:
        advantages_PG = gap_PG
    return torch.where(silent_P1, 0.0, advantages_PG).to(rewards_PG.dtype)


def token_weights(
    mask_BT: Tensor, loss: Loss, *, max_new_tokens: int | None = None, dtype: torch.dtype = torch.float32
) -> Tensor:
    """The weight of each token in the loss of a whole batch; 0 where the mask is.

    sequence_mean is the mean over tokens, then over rollouts (DeepSeek-R1, equation 1); token_mean the mean over all
    tokens (DAPO): their weights add up to 1. fixed_length is the sum over tokens by rollouts × max_new_tokens, so that
    a token weighs the same in a short completion and in a long one (Dr. GRPO). Computed once for a batch, so that
    splitting it changes nothing. A rollout without any unmasked token counts for nothing, also in the denominator.
    """
    mask_BT = mask_BT.to(dtype)
    lengths_B1 = mask_BT.sum(1, keepdim=True)
    rollouts = (lengths_B1 > 0).sum().clamp(min=1)
    if loss == "token_mean":
        return mask_BT / lengths_B1.sum().clamp(min=1)
    if loss == "fixed_length":
        if not max_new_tokens:
            raise ValueError("fixed_length divides by the longest completion that can be: pass max_new_tokens")
        return mask_BT / (rollouts * max_new_tokens)
    return mask_BT / lengths_B1.clamp(min=1) / rollouts


def masked_mean(x_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """The mean over each row's unmasked tokens, 0 in a row without any; of the others not even a NaN gets in."""
    return torch.where(mask_BT, x_BT, 0.0).sum(1, keepdim=True) / mask_BT.sum(1, keepdim=True).clamp(min=1)


def kl_estimate(logps_BT: Tensor, ref_logps_BT: Tensor, log_ratio_BT: Tensor, kl: Kl = "k3") -> Tensor:
    """Each token's estimate of KL(policy || reference), where tokens are the old policy's (log_ratio: policy to old).

    k1, k2 and k3 are Schulman's. On policy k1 and k3 are unbiased in value, but a loss needs the gradient: k1's is 0 in
    the mean, k2's is the KL's own, and k3's (the paper's) that of the reversed KL. k3_ratio is k3 times the ratio
    (DeepSeek-V3.2): right in value and in gradient, also off policy.
    """
    gap_BT = ref_logps_BT - logps_BT
    if kl == "k1":
        return -gap_BT
    if kl == "k2":
        return gap_BT.square() / 2
    kl_BT = gap_BT.exp() - gap_BT - 1  # unbiased and never negative
    return log_ratio_BT.exp() * kl_BT if kl == "k3_ratio" else kl_BT


def kl_rewards(
    rewards_B: Tensor, old_logps_BT: Tensor, ref_logps_BT: Tensor, mask_BT: Tensor, *, kl_coef: float, kl: Kl = "k1"
) -> Tensor:
    """The rewards less kl_coef times each rollout's KL, summed over its tokens: the penalty for a loss without one.

    A NaN, an undecided reward, stays one. The old policy sampled, so k3_ratio is k3 here.
    """
    old_logps_BT = torch.where(mask_BT, old_logps_BT, 0.0)
    ref_logps_BT = torch.where(mask_BT, ref_logps_BT, 0.0)
    return rewards_B - kl_coef * kl_estimate(old_logps_BT, ref_logps_BT, torch.zeros_like(old_logps_BT), kl).sum(1)


def sampler_ratio(old_logps_BT: Tensor, sampler_logps_BT: Tensor, mask_BT: Tensor, correction: Correction) -> Tensor:
    """old / sampler of each token, or of its whole sequence (the product over the tokens); 1 behind the mask."""
    gap_BT = torch.where(mask_BT, old_logps_BT - sampler_logps_BT, 0.0).detach()
    if correction.startswith("sequence"):
        gap_BT = torch.where(mask_BT, gap_BT.sum(1, keepdim=True), 0.0)
    return gap_BT.exp()


def sampler_correction(ratio_BT: Tensor, correction: Correction, cap: float) -> Tensor:
    """What each token's surrogate is multiplied by where the sampler's probabilities are not quite the old policy's.

    Above `cap` the ratio is `cap` (truncate), or the token or sequence is left out: 0 (mask); its weight stays in the
    denominator.
    """
    return torch.where(ratio_BT > cap, 0.0 if correction.endswith("mask") else cap, ratio_BT)


def clipped_surrogate(
    log_ratio_BT: Tensor, advantages_B1: Tensor, *, clip_low: float, clip_high: float, dual_clip: float = 0.0
) -> tuple[Tensor, Tensor]:
    """PPO's min(ratio · A, clip(ratio) · A), and which tokens it is clipped at, those without a gradient.

    With dual_clip c > 1 it is never less than c · A where A < 0, so that a token that has become much likelier in a bad
    rollout cannot blow up (arXiv 1912.09729).
    """
    ratio_BT = log_ratio_BT.exp()
    clipped_BT = ratio_BT.clamp(1 - clip_low, 1 + clip_high)
    surrogate_BT = torch.minimum(ratio_BT * advantages_B1, clipped_BT * advantages_B1)
    at_BT = clipped_BT * advantages_B1 < ratio_BT * advantages_B1
    if dual_clip:
        floor_BT = (dual_clip * advantages_B1).expand_as(surrogate_BT)
        below_BT = (advantages_B1 < 0) & (surrogate_BT < floor_BT)
        surrogate_BT = torch.where(below_BT, floor_BT, surrogate_BT)
        at_BT = at_BT | below_BT
    return surrogate_BT, at_BT


def cispo_surrogate(
    log_ratio_BT: Tensor, logps_BT: Tensor, advantages_B1: Tensor, *, clip_low: float, clip_high: float
) -> tuple[Tensor, Tensor]:
    """clip(ratio) · A · log π with the gradient of log π alone (MiniMax-M1, equation 4), and where it is clipped.

    Unlike PPO's, a clipped token keeps a gradient. clip_low 1 clips above only.
    """
    ratio_BT = log_ratio_BT.exp().detach()
    clipped_BT = ratio_BT.clamp(1 - clip_low, 1 + clip_high)
    return clipped_BT * advantages_B1 * logps_BT, (clipped_BT != ratio_BT) & (advantages_B1 != 0)


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
    kl: Kl = "k3",
    ratio: Ratio = "token",
    surrogate: Surrogate = "clip",
    dual_clip: float = 0.0,
    sampler_logps_BT: Tensor | None = None,
    correction: Correction = "none",
    correction_cap: float = 2.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The clipped surrogate less the KL penalty, weighted by token (DeepSeek-R1, equations 1 and 2): a sum to minimise.

    ratio="sequence" takes the geometric mean of a rollout's ratios for each of its tokens (GSPO, equation 7). The
    correction, from the sampler to the old policy, is of the surrogate alone.

    Returns the loss, and weighted sums over the tokens for the log: `clip_fraction`, and with a reference `kl`.
    Whatever stands where the weight is 0 has no effect, not even a NaN; nor has an overflow of the ratio where the
    advantage is 0.
    """
    trained_BT = weights_BT > 0  # the others are 0 from here on, whatever they were: 0 times a NaN would be one
    logps_BT = torch.where(trained_BT, logps_BT, 0.0)
    old_logps_BT = torch.where(trained_BT, old_logps_BT, 0.0)
    advantages_B1 = advantages_B[:, None]

    log_ratio_BT = logps_BT - old_logps_BT
    exponent_BT = torch.where(advantages_B1 != 0, log_ratio_BT, 0.0)  # of a ratio that may overflow: 0 times inf is NaN
    if ratio == "sequence":
        exponent_BT = masked_mean(exponent_BT, trained_BT).expand_as(exponent_BT)
    clips = {"clip_low": clip_low, "clip_high": clip_high}
    if surrogate == "cispo":
        surrogate_BT, at_BT = cispo_surrogate(exponent_BT, logps_BT, advantages_B1, **clips)
    else:
        surrogate_BT, at_BT = clipped_surrogate(exponent_BT, advantages_B1, **clips, dual_clip=dual_clip)
    sums = {"clip_fraction": (at_BT * weights_BT).sum()}

    if correction != "none":
        if sampler_logps_BT is None:
            raise ValueError("a correction is from the sampler to the old policy: pass sampler_logps_BT")
        sampler_ratio_BT = sampler_ratio(old_logps_BT, sampler_logps_BT, trained_BT, correction)
        surrogate_BT = surrogate_BT * sampler_correction(sampler_ratio_BT, correction, correction_cap)

    objective_BT = surrogate_BT
    if ref_logps_BT is not None:
        kl_BT = kl_estimate(logps_BT, torch.where(trained_BT, ref_logps_BT, 0.0), log_ratio_BT, kl)
        objective_BT = surrogate_BT - kl_coef * kl_BT
        sums["kl"] = (kl_BT * weights_BT).sum().detach()

    return -(torch.where(trained_BT, objective_BT, 0.0) * weights_BT).sum(), sums
