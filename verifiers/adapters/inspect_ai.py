"""A scorer of inspect_ai: `Task(dataset=…, scorer=verified("math"))`."""

from __future__ import annotations

from typing import Any

from ..pool import TIMEOUT_S
from .common import answer_of, count_undecided, note_of, number_of, parts_of, verdicts_of
from .rows import Choice, choose, text_of
from .truths import ground_truth_in, judge_any


def verified(verifier: Choice = "accuracy", *, ground_truth: str | None = None, timeout: float = TIMEOUT_S) -> Any:
    """The scorer for a name of ours or a function, with the mean and its standard error as metrics.

    A sample is held against its target (of several, one suffices), or against what its metadata has under the key
    ground_truth. What is undecided is inspect's unscored: in the log with its reason, in no metric. Reasoning counts
    as written in <think>.
    """
    import anyio.to_thread
    from inspect_ai.scorer import Score, mean, scorer, stderr

    function = choose(verifier)

    def verified(verifier: str, ground_truth: str | None, timeout: float) -> Any:
        async def score(state: Any, target: Any) -> Any:
            completion = text_of([state.output.message]) if state.output.choices else ""
            truths = list(target) if ground_truth is None else [ground_truth_in(state.metadata, ground_truth)]
            judged = anyio.to_thread.run_sync(lambda: judge_any(function, completion, truths, timeout=timeout))
            said = await judged  # anyio: inspect runs on trio as well
            number = number_of(said)
            parts = parts_of(said, list(verdicts_of(said)))
            rest = {"answer": answer_of(said), "explanation": note_of(said) or None, "metadata": parts}
            if number is None:
                count_undecided(said)
                return Score.unscored(reason="scoring_failed", **rest)
            return Score(value=number, **rest)

        return score

    # What the log says of the scorer: its arguments, of which a function has no JSON.
    name = verifier if isinstance(verifier, str) else getattr(verifier, "__qualname__", type(verifier).__name__)
    registered = scorer(metrics=[mean(), stderr()], name="verified")(verified)
    return registered(verifier=name, ground_truth=ground_truth, timeout=timeout)
