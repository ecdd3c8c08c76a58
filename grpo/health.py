"""Is the training sick? What a stage's rows of metrics say, in words, with what to try."""

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .gradients import MAX_GRAD_NORM
from .groups import Group
from .record import Row, number
from .settings import Recipe

WINDOW = 10
"""Steps that a symptom must last: of 45 recorded healthy stages none was silent for more than 4 in a row."""
ALL, NONE = 0.99, 0.01
"""Accuracy from which all completions count as right, and up to which as wrong: a stray one changes nothing."""
UNDECIDED = 0.05
"""Share of undecided rewards: ground truths are read before training, so that 1 in 20 is no accident."""
TRUNCATED = 0.5
"""Share of completions cut off, over WINDOW steps. Base models begin near it and come down by themselves: healthy runs
were at .27 and less, or right all the same, with what came after the answer cut off."""
COLLAPSED, ALIKE, SOLVED = 0.1, 0.8, 0.9
"""Entropy against the first steps', share of silent groups, accuracy. That entropy falls to a hundredth is healthy
where tasks are being solved; it has collapsed where groups have become alike and are not right. Healthy runs below the
first and the last reached .65 silent."""
FIRST = 5
"""Steps whose entropy is the level to begin with."""
GAPS = {"float32": 1e-2, "bfloat16": 1.0}
"""Largest difference of a token's log-prob. In float32 2e-4 is what two orders of summing made, and 1e-4 what another
engine may; in bfloat16 SmolLM2-135M was off by .03 in the mean and by .2 at the worst of 585 tokens."""
IN_A_ROW = 3
"""Steps with a gradient that a gap or a large norm must last: one is an unlucky batch."""
EXPLODED, PAST = 10.0, 50
"""Gradient norm by the median of so many steps before; healthy runs reached 4.4."""
KL = 1.0
"""Mean KL a token, in nats: the reference finds the policy's tokens less likely by a factor of e."""
FELL, SIGMAS = 0.1, 3.0
"""Accuracy lost, as in `stop_below`, and standard errors by which it and the rest of the reward must have moved."""
FORMATS = "format", "summary_format"

Rows = Sequence[Row]


def values(rows: Rows, key: str) -> list[float]:
    """The numbers under that name, of the rows that have one."""
    return [value for row in rows if (value := number(row, key)) is not None]


def mean(rows: Rows, key: str) -> float | None:
    """Their mean; None where there are none."""
    known = values(rows, key)
    return sum(known) / len(known) if known else None


def lasting(rows: Rows) -> Rows:
    """The last WINDOW rows; none before there are so many."""
    return rows[-WINDOW:] if len(rows) >= WINDOW else []


def undecided_share(rows: Rows, recipe: Recipe) -> float:
    """The share of the last steps' rewards that are undecided."""
    rl = recipe.rl
    last = lasting(rows)
    groups = [number(row, "groups") or rl.tasks_per_step for row in last]
    return sum(values(last, "undecided")) / (sum(groups) * rl.group_size) if last else 0.0


def undecided(rows: Rows, recipe: Recipe) -> str:
    """Ground truths or verifiers that decide nothing."""
    share = undecided_share(rows, recipe)
    if share <= UNDECIDED:
        return ""
    why = Counter(str(row["undecided_because"]) for row in lasting(rows) if row.get("undecided_because"))
    most = f", most of them for {why.most_common(1)[0][0]}" if why else ""
    return (
        f"{share:.0%} of the rewards were undecided in the last {WINDOW} steps{most}: they teach nothing and thin out "
        "their groups; mend or leave out those tasks, or give the verifier more time"
    )


def flat(rows: Rows, recipe: Recipe) -> str:
    """Every group silent."""
    last = lasting(rows)
    if not last or any(number(row, "silent_groups") != 1 for row in last):
        return ""
    if undecided_share(rows, recipe) > UNDECIDED:
        return ""  # another cause, with a sentence of its own
    accuracy = mean(last, "accuracy")
    said = f"the reward was flat in every group of the last {WINDOW} steps, so nothing was learned"
    if accuracy is not None and accuracy >= ALL:
        return f"{said}: all completions are right; take harder tasks (pass_rate_max), or stop here"
    if accuracy is not None and accuracy <= NONE:
        return (
            f"{said}: all completions are wrong; read some in rollouts.jsonl. If right ones are marked wrong, take "
            "another verifier or template; if not, easier tasks (pass_rate_min), a larger group_size, or SFT first"
        )
    return f"{said}: the rewards of a group are all the same; take a larger group_size, a higher temperature, or refill"


def unformatted(rows: Rows, recipe: Recipe) -> str:
    """The format was never met."""
    for name in FORMATS:
        scores = values(lasting(rows), f"score/{name}")
        if recipe.rl.reward.get(name, 0) > 0 and scores and max(scores) == 0:
            return (
                f"no completion of the last {WINDOW} steps met the format that {name!r} asks for, so its reward cannot "
                "be learned; show it in the template or the instruction, teach it by SFT first, or raise max_new_tokens"
            )
    return ""


def collapsed(rows: Rows, recipe: Recipe) -> str:
    """Entropy gone before the tasks were solved."""
    last = lasting(rows)
    first, now, silent = mean(rows[:FIRST], "entropy"), mean(last, "entropy"), mean(last, "silent_groups")
    accuracy = mean(last, "accuracy")
    if not first or now is None or silent is None or (accuracy is not None and accuracy >= SOLVED):
        return ""
    if now >= COLLAPSED * first or silent < ALIKE:
        return ""
    return (
        f"entropy has fallen from {first:.3g} to {now:.3g} nats and {silent:.0%} of the groups are silent, though the "
        "tasks are not solved: the policy writes the same every time; go back to a checkpoint from before with a "
        "smaller lr, a larger clip_high (0.28 in DAPO), a KL term (kl_coef), or harder tasks"
    )


def cut_off(rows: Rows, recipe: Recipe) -> str:
    """Completions that hit the cap."""
    share, accuracy = mean(lasting(rows), "truncated"), mean(lasting(rows), "accuracy")
    if share is None or share <= TRUNCATED or (accuracy or 0.0) >= SOLVED:
        return ""
    return (
        f"{share:.0%} of the completions of the last {WINDOW} steps were cut off at max_new_tokens = "
        f"{recipe.rl.max_new_tokens}: raise it, leave such completions out of the loss (mask_truncated), or look in "
        "rollouts.jsonl whether they repeat themselves"
    )


def disagreeing(rows: Rows, recipe: Recipe) -> str:
    """The sampler's log-probs are not the trainer's."""
    gaps = [gap for gap in values(rows[-PAST:], "sampler_gap") if gap > 0][-IN_A_ROW:]
    limit = GAPS[recipe.precision]
    if len(gaps) < IN_A_ROW or min(gaps) <= limit:
        return ""
    return (
        f"the sampler's log-probs were off the trainer's by {min(gaps):.2g} and more in {IN_A_ROW} steps, which "
        f"{recipe.precision} does not explain (up to {limit:g}): is the sampler given the new weights, at the same "
        "temperature, with the same tokens? correction = 'token_truncate' weighs what is left"
    )


def exploded(rows: Rows, recipe: Recipe) -> str:
    """Gradient norms far from what they were."""
    norms = [norm for norm in values(rows[-PAST - IN_A_ROW :], "grad_norm") if norm > 0]
    past, last = norms[:-IN_A_ROW], norms[-IN_A_ROW:]
    if len(past) < WINDOW or min(last) <= max(MAX_GRAD_NORM, EXPLODED * statistics.median(past)):
        return ""
    return (
        f"the gradient norm was {min(last):.3g} and more in {IN_A_ROW} steps, over {EXPLODED:g} times its median of "
        f"{statistics.median(past):.3g}: it is scaled down to {MAX_GRAD_NORM:g}, so each step goes where one batch "
        "points; take a smaller lr, more warmup, or a narrower clip"
    )


def far_off(rows: Rows, recipe: Recipe) -> str:
    """KL to the reference."""
    kl = mean(lasting(rows), "kl")
    if kl is None or kl <= KL:
        return ""
    return (
        f"the KL to the reference was {kl:.2g} nats a token in the last {WINDOW} steps: the policy has left it; raise "
        "kl_coef, lower the lr, or renew the reference (reference_every)"
    )


def hacking(rows: Rows, recipe: Recipe) -> str:
    """Accuracy given up, and paid for: the last WINDOW steps against those of the best accuracy before.

    The reward need not rise: what is not accuracy has, and the reward kept at least half of what accuracy had earned.
    """
    weight = next(iter(recipe.rl.reward.values()), 1.0)
    known = [row for row in rows if number(row, "accuracy") is not None and number(row, "reward") is not None]
    known = [dict(row) | {"rest": row["reward"] - weight * row["accuracy"]} for row in known]
    blocks = [known[i : i + WINDOW] for i in range(0, len(known) - 2 * WINDOW + 1, WINDOW)]
    if not blocks:
        return ""
    best, last = max(blocks, key=lambda block: mean(block, "accuracy") or 0.0), known[-WINDOW:]
    before, now = mean(best, "accuracy") or 0.0, mean(last, "accuracy") or 0.0
    earned, earns = mean(best, "reward") or 0.0, mean(last, "reward") or 0.0
    if before - now <= FELL or earns < earned - weight * (before - now) / 2:
        return ""
    if -rise(best, last, "accuracy") <= SIGMAS or rise(best, last, "rest") <= SIGMAS:
        return ""
    others = ", ".join(name for name in list(recipe.rl.reward)[1:]) or "the reward's other parts"
    return (
        f"accuracy fell from {before:.0%} to {now:.0%} while the reward went from {earned:.3g} to {earns:.3g}: the "
        f"policy is paid for something else; read the rollouts, lower the weight of {others}, or go back to step "
        f"{best[-1]['step']}"
    )


def rise(before: Rows, now: Rows, key: str) -> float:
    """How much the mean rose, in its standard errors; 0 where they are not known."""
    old, new = values(before, key), values(now, key)
    if len(old) < 2 or len(new) < 2:
        return 0.0
    error = (statistics.variance(old) / len(old) + statistics.variance(new) / len(new)) ** 0.5
    return (statistics.mean(new) - statistics.mean(old)) / max(error, 1e-9)


CHECKS: dict[str, Callable[[Rows, Recipe], str]] = {
    "reward_flat": flat, "format_never_met": unformatted, "undecided": undecided, "entropy_collapsed": collapsed,
    "cut_off": cut_off, "sampler_disagrees": disagreeing, "gradient_exploded": exploded, "kl_ran_away": far_off,
    "hacking": hacking,
}  # fmt: skip
"""Cause → what is said of it, or nothing."""


def new_warnings(rows: Rows, recipe: Recipe) -> dict[str, str]:
    """What the last of a stage's train rows gives cause to say, cause by cause, each once a stage.

    What was said stands in the rows, under `warnings`: a resumed stage neither repeats nor forgets one.
    """
    said = {cause for row in rows for cause in row.get("warnings", {})}
    found = {cause: check(rows, recipe) for cause, check in CHECKS.items() if cause not in said}
    return {cause: sentence for cause, sentence in found.items() if sentence}


def hacked(history: Sequence[Mapping[str, Any]], drop: float) -> bool:
    """Whether held-out accuracy has fallen by more than `drop` below the first row's: twice running, or twice as far.

    One measurement is noisy: of 64 tasks with one sample each, a policy that lost nothing falls by 0.1 somewhere in 8
    measurements in 28 % of runs, and twice running in 7 %. Rows without an accuracy are left out.
    """
    seen: list[float] = [row["accuracy"] for row in history if row.get("accuracy") is not None]
    falls = [seen[0] - accuracy for accuracy in seen[1:]] if seen else []
    return any(fall > 2 * drop for fall in falls) or any(min(two) > drop for two in itertools.pairwise(falls))


def why_undecided(groups: Sequence[Group]) -> dict[str, Any]:
    """The most common verdict that left a reward undecided, for the step's row; nothing where all are decided."""
    undecided = [reward for group in groups for reward in group.rewards if reward.value is None]
    why = Counter(
        f"{name} {verdict.reason}" + (f" ({verdict.note[:100]})" if verdict.note else "")
        for reward in undecided
        for name, verdict in reward.verdicts.items()
        if verdict.score is None
    )
    return {"undecided_because": why.most_common(1)[0][0]} if why else {}
