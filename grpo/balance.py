"""Which judged pairs are kept: those with a clear gap, and the chosen response as often the longer as the shorter."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

LEAST_GAP = 1.0
"""Pairs are kept where the mean gap of the scores from 1 to 10 exceeds this, as in the paper."""


def decide(judged: Sequence[Mapping[str, Any]], seed: int = 0) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The pairs to keep of those judged, and a report: counts, reasons, the balance of lengths before and after.

    A reward model learns length where the chosen response is mostly the longer one. So of the more frequent kind, as
    many are dropped, drawn by the seed, as it is more frequent.
    """
    reasons: Counter[str] = Counter()
    kept: list[dict[str, Any]] = []
    for line in judged:
        clear = line["gap"] is not None and abs(line["gap"]) > LEAST_GAP
        if line["dropped"] or not clear:
            reasons[line["dropped"] or f"a gap of {LEAST_GAP:g} or less"] += 1
            continue
        sides = (line["first"], line["second"]) if line["gap"] > 0 else (line["second"], line["first"])
        pair = {"question": line["question"], "chosen": sides[0], "rejected": sides[1]}
        kept.append(pair | {"gap": abs(line["gap"])})
    leads = [len(pair["chosen"]) - len(pair["rejected"]) for pair in kept]
    longer, shorter = ([i for i, lead in enumerate(leads) if lead * sign > 0] for sign in (1, -1))
    more, fewer = (longer, shorter) if len(longer) > len(shorter) else (shorter, longer)
    away = set(random.Random(f"balance {seed}").sample(more, len(more) - len(fewer)))
    if away:
        reasons[f"balance of lengths: {'longer' if more is longer else 'shorter'} chosen ones outnumber the others"] = (
            len(away)
        )
    biases = [line["position_bias"] for line in judged if line["position_bias"] is not None]
    report = {
        "judged": len(judged),
        "kept": len(kept) - len(away),
        "dropped": dict(reasons.most_common()),
        "chosen_longer": {"before": len(longer), "after": len(fewer)},
        "chosen_shorter": {"before": len(shorter), "after": len(fewer)},
        "lead_before": fmean(leads) if leads else None,
        "lead_after": fmean(left) if (left := [lead for i, lead in enumerate(leads) if i not in away]) else None,
        "position_bias": fmean(biases) if biases else None,
    }
    return [pair for i, pair in enumerate(kept) if i not in away], report


def told(report: Mapping[str, Any]) -> str:
    """The reasons for what was dropped, as one line."""
    return ", ".join(f"{count} {why}" for why, count in report["dropped"].items()) or "none dropped"
