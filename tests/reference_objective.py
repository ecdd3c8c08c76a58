"""The objective a second time: float64 numpy, one token after the other, the gradient derived by hand.

Written from the papers' equations and not from grpo/objective.py, of which it imports nothing. Slow and plain.
"""

import math

import numpy as np


def advantages(group: list[float], kind: str) -> list[float]:
    """Of one group; NaN is undecided."""
    decided = [r for r in group if not math.isnan(r)]
    if len(decided) < 2 or max(decided) == min(decided):
        return [0.0] * len(group)
    mean = math.fsum(decided) / len(decided)
    std = math.sqrt(math.fsum((r - mean) ** 2 for r in decided) / len(decided))
    found = []
    for r in group:
        if math.isnan(r):
            found.append(0.0)
        elif kind == "std":
            found.append((r - mean) / std)
        elif kind == "mean":
            found.append(r - mean)
        else:
            others = (math.fsum(decided) - r) / (len(decided) - 1)
            found.append(r - others)
    return found


def kl_term(kl, logp, ref, old):
    """One token's KL estimate, and its derivative by logp."""
    away = ref - logp
    if kl == "k1":
        return logp - ref, 1.0
    if kl == "k2":
        return 0.5 * away**2, -away
    k3, slope = math.exp(away) - 1 - away, 1 - math.exp(away)
    if kl == "k3":
        return k3, slope
    ratio = math.exp(logp - old)
    return ratio * k3, ratio * k3 + ratio * slope


def surrogate_term(surrogate, ratio, logp, advantage, clip_low, clip_high, dual_clip):
    """One token's surrogate, its derivative by log ratio, its derivative by logp itself, and whether it is clipped."""
    bounded = min(max(ratio, 1 - clip_low), 1 + clip_high)
    if surrogate == "cispo":
        return bounded * advantage * logp, 0.0, bounded * advantage, bounded != ratio and advantage != 0
    value, by_log_ratio, clipped = ratio * advantage, ratio * advantage, False
    if bounded * advantage < value:
        value, by_log_ratio, clipped = bounded * advantage, 0.0, True
    if dual_clip and advantage < 0 and value < dual_clip * advantage:
        value, by_log_ratio, clipped = dual_clip * advantage, 0.0, True
    return value, by_log_ratio, 0.0, clipped


def corrections(old, sampler, tokens, correction, cap):
    """The factor of each token's surrogate."""
    if correction == "none":
        return {t: 1.0 for t in tokens}
    logs = {t: old[t] - sampler[t] for t in tokens}
    if correction.startswith("sequence"):
        logs = dict.fromkeys(tokens, math.fsum(logs.values()))
    found = {}
    for t, log in logs.items():
        weight = math.exp(log)
        found[t] = weight if weight <= cap else (cap if correction.endswith("truncate") else 0.0)
    return found


def loss_and_gradient(
    logps, old, ref, sampler, advantage, mask, *, loss, max_new_tokens, ratio, surrogate, clip_low, clip_high,
    dual_clip, kl, kl_coef, correction, correction_cap,
):  # fmt: skip
    """(loss, d loss / d logps, share of tokens clipped by weight, KL by weight) of a batch; ref None is without KL."""
    rows = [[t for t in range(len(mask[b])) if mask[b][t]] for b in range(len(mask))]
    trained = sum(1 for tokens in rows if tokens)
    all_tokens = sum(len(tokens) for tokens in rows)
    value, gradient, at_clip, kl_sum = 0.0, np.zeros(np.shape(logps)), 0.0, 0.0
    for b, tokens in enumerate(rows):
        if not tokens:
            continue
        share = {
            "sequence_mean": 1 / (len(tokens) * trained), "token_mean": 1 / all_tokens,
            "fixed_length": 1 / (trained * max_new_tokens),
        }[loss]  # fmt: skip
        gaps = {t: logps[b][t] - old[b][t] for t in tokens}
        mean_gap = math.fsum(gaps.values()) / len(tokens)
        factor = corrections(old[b], sampler[b], tokens, correction, correction_cap)
        for t in tokens:
            own = math.exp(mean_gap if ratio == "sequence" else gaps[t])
            term, by_log_ratio, by_logp, clipped = surrogate_term(
                surrogate, own, logps[b][t], advantage[b], clip_low, clip_high, dual_clip
            )
            value -= share * factor[t] * term
            gradient[b][t] -= share * factor[t] * by_logp
            for u in tokens if ratio == "sequence" else [t]:
                gradient[b][u] -= share * factor[t] * by_log_ratio / (len(tokens) if ratio == "sequence" else 1)
            at_clip += share * clipped
            if ref is not None:
                penalty, slope = kl_term(kl, logps[b][t], ref[b][t], old[b][t])
                value += share * kl_coef * penalty
                gradient[b][t] += share * kl_coef * slope
                kl_sum += share * penalty
    return value, gradient, at_clip, kl_sum
