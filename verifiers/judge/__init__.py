"""What rules cannot decide, decided by a model that is asked so that a policy cannot answer for it."""

from __future__ import annotations

from .answer import judge_answer
from .chat import Ask, Endpoint, Unanswered, endpoint
from .judge import Judge
from .preference import Judgement, Preference, judge_preference, prefer
from .prompt import PROMPTS

__all__ = [
    "PROMPTS",
    "Ask",
    "Endpoint",
    "Judge",
    "Judgement",
    "Preference",
    "Unanswered",
    "endpoint",
    "judge_answer",
    "judge_preference",
    "prefer",
]
