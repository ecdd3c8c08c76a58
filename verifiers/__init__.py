"""Rewards you can trust: a completion and its ground truth in, a verdict out.

Every verifier is called as `(completion: str, ground_truth, *, options)` and returns a `Verdict`, whose score is from 0
to 1, or None where the fault is ours. Any text gets one; a completion that is no `str`, or an option that cannot be,
raises TypeError or ValueError. A bad ground truth raises nothing: its score is None, the reason BAD_GROUND_TRUTH. Any
thread may call them, and they pickle. Sections are those of the DeepSeek-R1 paper (arXiv 2501.12948).

The names are loaded when first used, so that `import verifiers` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accuracy import verify_accuracy
    from .choice import verify_choice
    from .code import verify_code
    from .countdown import verify_countdown
    from .format import verify_format
    from .general import General
    from .judge import Judge, endpoint, judge_answer, judge_preference, prefer
    from .language import verify_language
    from .length import Tokenized, cosine_length, no_repetition, soft_overlong
    from .logic import verify_logic
    from .math import verify_math
    from .pool import verify_batch
    from .reasoning_gym import verify_reasoning_gym
    from .reward import R1_GENERAL, R1_REASONING, R1_ZERO, VERIFIERS, weighted
    from .summary import marked, verify_summary_format
    from .types import Reason, Reward, RewardFn, Verdict, Verifier

_HOMES = {
    "R1_GENERAL": "reward",
    "R1_REASONING": "reward",
    "R1_ZERO": "reward",
    "VERIFIERS": "reward",
    "General": "general",
    "Judge": "judge",
    "Reason": "types",
    "Reward": "types",
    "RewardFn": "types",
    "Tokenized": "length",
    "Verdict": "types",
    "Verifier": "types",
    "cosine_length": "length",
    "endpoint": "judge",
    "judge_answer": "judge",
    "judge_preference": "judge",
    "marked": "summary",
    "no_repetition": "length",
    "prefer": "judge",
    "soft_overlong": "length",
    "verify_accuracy": "accuracy",
    "verify_batch": "pool",
    "verify_choice": "choice",
    "verify_code": "code",
    "verify_countdown": "countdown",
    "verify_format": "format",
    "verify_language": "language",
    "verify_logic": "logic",
    "verify_math": "math",
    "verify_reasoning_gym": "reasoning_gym",
    "verify_summary_format": "summary",
    "weighted": "reward",
}

__all__ = [
    "R1_GENERAL",
    "R1_REASONING",
    "R1_ZERO",
    "VERIFIERS",
    "General",
    "Judge",
    "Reason",
    "Reward",
    "RewardFn",
    "Tokenized",
    "Verdict",
    "Verifier",
    "cosine_length",
    "endpoint",
    "judge_answer",
    "judge_preference",
    "marked",
    "no_repetition",
    "prefer",
    "soft_overlong",
    "verify_accuracy",
    "verify_batch",
    "verify_choice",
    "verify_code",
    "verify_countdown",
    "verify_format",
    "verify_language",
    "verify_logic",
    "verify_math",
    "verify_reasoning_gym",
    "verify_summary_format",
    "weighted",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
