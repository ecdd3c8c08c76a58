"""What a verifier says: a verdict with three values, and the reward made of verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol


class Reason(str, Enum):  # enum.StrEnum came with Python 3.11
    """Why a verdict has its score; the set is closed."""

    # The model's doing: the score is a number.
    CORRECT = "CORRECT"
    WRONG = "WRONG"
    NO_ANSWER = "NO_ANSWER"
    BAD_FORMAT = "BAD_FORMAT"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    COMPILE_ERROR = "COMPILE_ERROR"
    TIME_LIMIT = "TIME_LIMIT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    # Our doing: the score is None, and the rollout leaves its group.
    BAD_GROUND_TRUTH = "BAD_GROUND_TRUTH"
    UNDECIDED = "UNDECIDED"
    VERIFIER_FAILED = "VERIFIER_FAILED"
    SANDBOX_FAILED = "SANDBOX_FAILED"

    def __str__(self) -> str:
        return self.value

    @property
    def ours(self) -> bool:
        """True where the fault is ours, so that nothing may be learned from it."""
        return self._value_ in _OURS


_OURS = frozenset(["BAD_GROUND_TRUTH", "UNDECIDED", "VERIFIER_FAILED", "SANDBOX_FAILED"])


@dataclass(frozen=True)
class Verdict:
    """What one verifier says of one completion.

    >>> Verdict(1.0, Reason.CORRECT, answer="4").correct
    True
    """

    score: float | None
    """From 0 to 1; None where the fault is ours."""
    reason: Reason
    answer: str | None = None
    """What the verifier read out of the completion."""
    note: str = ""
    """One sentence for a person."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What a verifier says of itself: `proof` of mathematics, `tests` of programs, `unit` of lengths."""

    def __post_init__(self) -> None:
        if type(self.score) is float and type(self.reason) is Reason and not self.reason.ours and 0 <= self.score <= 1:
            return
        if not isinstance(self.reason, Reason):
            raise TypeError(f"reason {self.reason!r} is not a Reason: use one of {', '.join(Reason)}")
        if self.score is None:
            if not self.reason.ours:
                raise ValueError(f"{self.reason} is the model's doing and needs a score from 0 to 1, not None")
            return
        if isinstance(self.score, bool) or not isinstance(self.score, (int, float)):
            raise TypeError(f"score {self.score!r} is neither a number nor None")
        if self.reason.ours:
            raise ValueError(f"{self.reason} is our fault and needs the score None, not {self.score!r}")
        if not 0 <= self.score <= 1:  # also refuses nan
            raise ValueError(f"score {self.score!r} is outside 0 to 1")

    @property
    def correct(self) -> bool:
        """True for the full score alone: neither for a part of it nor for None."""
        return self.score == 1

    def __bool__(self) -> bool:
        raise TypeError("a verdict is right, wrong or undecided, never just true: use .correct, or look at .score")


@dataclass(frozen=True)
class Reward:
    """The one number the trainer gets, with the verdicts it is made of."""

    value: float | None
    """None as soon as one verdict has no score: leave the rollout out of its group."""
    verdicts: Mapping[str, Verdict]
    """By the names of the parts."""

    def __bool__(self) -> bool:
        raise TypeError("a reward may be None, which is not 0: compare .value with None first")


class Verifier(Protocol):
    """Any text in, a verdict out; options are keyword-only."""

    def __call__(self, completion: str, ground_truth: Any, /) -> Verdict: ...


class RewardFn(Protocol):
    """Any text in, a reward out."""

    def __call__(self, completion: str, ground_truth: Any, /) -> Reward: ...


def need_text(completion: object, caller: str) -> str:
    """The completion itself, or a TypeError that tells the caller what to pass."""
    if isinstance(completion, str):
        return completion
    kind = type(completion).__name__
    raise TypeError(f"{caller} reads the completion as text, not {kind}: pass the str that the policy wrote")
