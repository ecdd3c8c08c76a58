"""Whether a reward model's probabilities hold: reliability, accuracy where length misleads, the pull of length."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

BINS = 10


class Scored(NamedTuple):
    """One response with its reward; sign is +1 for the chosen or safe one, −1 for the rejected or unsafe one."""

    sign: int
    reward: float
    length: int


def sigmoid(x: float) -> float:
    """1 / (1 + e^−x), for any float.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def margin(row: Sequence[Scored]) -> float:
    """By how much the row is ranked right: chosen less rejected; or the reward, turned round where it is unsafe."""
    return sum(one.sign * one.reward for one in row)


def ranked_right(rows: Iterable[Sequence[Scored]]) -> float | None:
    """The share of rows with a margin above 0, a tie counting half; None without rows."""
    wins = [(margin(row) > 0) + (margin(row) == 0) / 2 for row in rows]
    return statistics.fmean(wins) if wins else None


def reliability(chances: Sequence[float], happened: Sequence[float]) -> list[dict[str, float]]:
    """Of the chances in each tenth from 0 to 1: their number, their mean, and the share of what happened."""
    bins: list[list[int]] = [[] for _ in range(BINS)]
    for i, chance in enumerate(chances):
        bins[min(int(chance * BINS), BINS - 1)].append(i)
    return [
        {
            "from": number / BINS,
            "count": len(own),
            "predicted": statistics.fmean(chances[i] for i in own),
            "observed": statistics.fmean(happened[i] for i in own),
        }
        for number, own in enumerate(bins)
        if own
    ]


def expected_error(bins: Sequence[dict[str, float]]) -> float:
    """The expected calibration error: the mean distance of predicted and observed, weighted by count."""
    total = sum(one["count"] for one in bins)
    return sum(one["count"] * abs(one["predicted"] - one["observed"]) for one in bins) / total


def calibration(rows: Sequence[Sequence[Scored]]) -> dict[str, Any]:
    """Figures over pairs (two responses a row) or points (one).

    Every pair counts in both orders, as P(first > second): that the chosen one won is true of all pairs, so in this
    order alone there is nothing to hold a probability against.
    """
    chances, happened = [], []
    for row in rows:
        right = sigmoid(margin(row))
        for one in row:
            chances.append(right if one.sign > 0 else 1 - right)
            happened.append(float(one.sign > 0))
    bins = reliability(chances, happened)
    paired = len(rows[0]) > 1
    names = ("longer", "shorter") if paired else ("safe", "unsafe")
    groups: dict[str, list[Sequence[Scored]]] = {name: [] for name in names}
    for row in rows:
        lead = sum(one.sign * one.length for one in row) if paired else row[0].sign
        if lead:
            groups[names[lead < 0]].append(row)
    return {
        "rows": len(rows),
        "accuracy": ranked_right(rows),
        "ece": expected_error(bins),
        **{f"accuracy_{name}": ranked_right(own) for name, own in groups.items()},
        **{f"rows_{name}": len(own) for name, own in groups.items()},
        "length_correlation": correlation(
            [one.length for row in rows for one in row], [one.reward for row in rows for one in row]
        ),
        "reliability": bins,
    }


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's; None where one of the two is constant."""
    try:
        return statistics.correlation(xs, ys)
    except statistics.StatisticsError:
        return None


def table(found: dict[str, Any]) -> str:
    """The figures as a few lines of text."""
    longer, shorter = ("longer", "shorter") if "rows_longer" in found else ("safe", "unsafe")
    what = "chosen is {}" if longer == "longer" else "{}"
    lines = [("ranked right", found["accuracy"], found["rows"])]
    lines += [
        (f"  where {what.format(name)}", found[f"accuracy_{name}"], found[f"rows_{name}"]) for name in (longer, shorter)
    ]
    shown = [f"{name:<26}{_share(value):>7}  of {count}" for name, value, count in lines]
    shown.append(f"{'calibration error':<26}{_share(found['ece']):>7}")
    pull = found["length_correlation"]
    shown.append(f"{'reward against length':<26}{'–' if pull is None else format(pull, '+.2f'):>7}")
    shown.append("predicted  observed  count")
    shown += [
        f"{_share(one['predicted']):>9} {_share(one['observed']):>9} {one['count']:>6}" for one in found["reliability"]
    ]
    return "\n".join(shown)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
