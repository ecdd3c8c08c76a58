"""The reward that a recipe names: a weighted sum of verifiers, or of reward models where no rule decides."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from verifiers import RewardFn, Verdict, weighted
from verifiers.general import General
from verifiers.reward import VERIFIERS
from verifiers.summary import REASONING, SUMMARY, marked

from .config import RecipeError, nearest
from .settings import Recipe

Scorer = Callable[[str, Any], Verdict]
"""A summary or a completion, and the prompt that it is for → what a reward model says of it."""


def as_told(name: str, *, reasoning: str, summary: str, language: str) -> Callable[..., Verdict]:
    """The verifier of that name, for this language and completions with these marks."""
    verifier = VERIFIERS[name]
    if name == "summary_format":
        verifier = functools.partial(verifier, reasoning=reasoning, summary=summary)
        verifier("")  # a ValueError where the marks are none
        return verifier
    if name == "language":
        verifier = functools.partial(verifier, language=language)
        verifier("")  # likewise where the language is not known
    if (reasoning, summary) == (REASONING, SUMMARY):
        return verifier
    return marked(verifier, reasoning=reasoning, summary=summary)


def make_reward(recipe: Recipe, *, helpful: Scorer | None = None, harmless: Scorer | None = None) -> RewardFn:
    """The weighted sum of shipped verifiers that `rl.reward` names; an unknown name is an error that names the nearest.

    With `helpful`, prompts without a ground truth are judged by it, and by all parts of the sum but the first, which is
    the accuracy (DeepSeek-R1, section 2.3.4, and the sums of the Nature version).
    """
    weights = recipe.rl.reward
    for name in weights:
        if name not in VERIFIERS:
            raise RecipeError(
                f"rl.reward names {name!r}; there are {', '.join(VERIFIERS)}{nearest(name, list(VERIFIERS))}"
            )
    try:
        told = {"reasoning": recipe.reasoning, "summary": recipe.summary, "language": recipe.language}
        parts = {name: (weight, as_told(name, **told)) for name, weight in weights.items()}
        rules = weighted(**parts)
        if helpful is None:
            return rules
        manner = {name: part for name, part in parts.items() if name != next(iter(parts))}
        if not manner:
            raise RecipeError("rl.reward has one part, which prompts without a ground truth lack: add summary_format")
        general = General(rules, weighted(**manner), helpful, harmless)
        return replace(general, reasoning=recipe.reasoning, summary=recipe.summary)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"rl.reward: {error}") from error
