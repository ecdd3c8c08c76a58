"""The smallest counter-example: found by Hypothesis, kept by ourselves, so that a flaky function is no excuse."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st

T = TypeVar("T")
_AFTER = 300  # checks that shrinking may take
_AFTER_S = 6.0


@dataclass(frozen=True)
class Counterexample:
    """A call that breaks a law."""

    completion: str
    ground_truth: Any
    said: str
    """What the function said, and what it should have."""
    group: str = ""
    advice: bool = False

    @property
    def size(self) -> tuple[int, str]:
        return len(self.completion) + len(str(self.ground_truth)), self.completion


class _Broken(Exception):
    """The law is broken, and Hypothesis may look for a smaller case."""


class Clock:
    """How long a law may look; what is asked afterwards is passed over."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.cut = False
        """Something was passed over."""

    @property
    def left(self) -> float:
        return max(0.0, self.end - time.monotonic())

    @property
    def over(self) -> bool:
        return self.left == 0


def smallest(
    strategy: st.SearchStrategy[T],
    check: Callable[[T], Counterexample | None],
    *,
    examples: int,
    seed: int,
    clock: Clock,
) -> Counterexample | None:
    """The smallest counter-example."""
    best: Counterexample | None = None
    tried, left = False, _AFTER
    shrinking: Clock | None = None

    def body(drawn: T) -> None:
        nonlocal best, tried, left, shrinking
        if best is None and tried and clock.over:  # the first and simplest is always tried
            clock.cut = True
            return
        if left <= 0 or (best and clock.over) or (shrinking and shrinking.over):
            return
        tried = True
        left -= best is not None
        found = check(drawn)
        if found is None:
            return
        if best is None or found.size < best.size:
            best = found
        shrinking = shrinking or Clock(_AFTER_S)
        raise _Broken

    options = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    try:
        hypothesis.seed(seed)(options(hypothesis.given(strategy)(body)))()
    except (_Broken, hypothesis.errors.HypothesisException):
        pass  # what matters was kept; a function that changes its mind makes Hypothesis call the case flaky
    except Exception:
        if best is None:  # an ExceptionGroup of flaky cases is no news; anything else is a mistake of ours
            raise
    return best


def some(strategy: st.SearchStrategy[T], count: int, seed: int) -> list[T]:
    """The first few that Hypothesis draws, the simplest among them."""
    drawn: list[T] = []

    def keep(one: T) -> None:
        if one not in drawn:
            drawn.append(one)

    smallest(strategy, keep, examples=2 * count, seed=seed, clock=Clock(60.0))
    return drawn[:count]
