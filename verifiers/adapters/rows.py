"""What a stack's row holds for us: the text of a completion, the ground truth, the reward function it asks for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..registry import Unknown, find
from ..types import Reward, Verdict

Said = Verdict | Reward
RewardFunction = Callable[[str, Any], Said]
Choice = str | RewardFunction | Mapping[str, Any] | None
"""What a user chooses with: a name, a function, a mapping from data source to either; None leaves it to the row."""

SOURCES = {
    "openai/gsm8k": "math",
    "lighteval/MATH": "math",
    "DigitalLearningGmbH/MATH-lighteval": "math",
    "HuggingFaceH4/MATH-500": "math",
    "hiyouga/geometry3k": "math",
    "math": "math",
    "math_dapo": "math",
    "math_dapo_reasoning": "math",
    "numina_aops_forum": "math",
    "numina_synthetic_math": "math",
    "numina_amc_aime": "math",
    "numina_synthetic_amc": "math",
    "numina_cn_k12": "math",
    "numina_olympiads": "math",
    "codecontests": "code",
    "apps": "code",
    "codeforces": "code",
    "taco": "code",
}
"""Data source, as verl's data sets name them → the reward function that its ground truths are for."""
_BEGINNINGS = {"aime": "math"}  # verl has aime_2024, aime25, …
NEED_NONE = ("format", "summary_format", "language")
"""Verifiers that do not look at the ground truth."""
_BY_SHAPE = ("accuracy", "r1_zero", "r1_reasoning")
_THINKING = ("reasoning_content", "reasoning", "thinking")


def text_of(completion: Any) -> str:
    """What the policy wrote: a text, or the last message of the assistant in a list of messages.

    Thinking that a chat template's parser has put beside the content stands before it in <think> again.

    >>> text_of([{"role": "assistant", "reasoning_content": "2 + 2", "content": [{"type": "text", "text": "4"}]}])
    '<think>2 + 2</think>4'
    """
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping) or not isinstance(completion, Iterable):
        completion = [completion]
    for message in reversed(list(completion)):
        if _field(message, "role") == "assistant":
            thinking = next((_content(_field(message, key)) for key in _THINKING if _field(message, key)), "")
            return (f"<think>{thinking}</think>" if thinking else "") + _content(_field(message, "content"))
    return ""  # the policy said nothing


def _field(message: Any, key: str) -> Any:
    if isinstance(message, Mapping):
        return message.get(key)
    if not hasattr(message, "role"):
        raise TypeError(f"a completion is a text or a list of messages, not {type(message).__name__} among them")
    return getattr(message, key, None)


def _content(content: Any) -> str:
    """The text of a content: itself, or that of its parts."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = (part if isinstance(part, str) else _part(part) for part in content)
    return "".join(parts)


def _part(part: Any) -> str:
    text = part.get("text") if isinstance(part, Mapping) else getattr(part, "text", None)
    return text if isinstance(text, str) else ""


def plain(value: Any) -> Any:
    """A ground truth without NumPy's arrays and numbers, which readers of Parquet files make of lists."""
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


@dataclass(frozen=True)
class Named:
    """A reward function that is found by its name in the process that calls it, so that it can be sent anywhere."""

    name: str

    def __call__(self, completion: str, ground_truth: Any) -> Said:
        return find(self.name)(completion, ground_truth)


@lru_cache(256)
def named(name: str) -> Named:
    """The name as a function; Unknown at once where there is none."""
    find(name)
    return Named(name)


def choose(choice: Choice = None, *, source: str | None = None, row: str | None = None) -> RewardFunction:
    """The reward function: the user's choice, else what the row names in a column of its own, else what its data source
    is known for. A row names what is ours or another package's, never a place in a file: data runs no code.

    >>> choose(source="openai/gsm8k").name, choose({"mine": "countdown"}, source="mine").name
    ('math', 'countdown')
    >>> choose(source="gsm8k")
    Traceback (most recent call last):
    verifiers.registry.Unknown: no reward function is known for the data source 'gsm8k' (near: 'openai/gsm8k'): name it
    """
    if isinstance(choice, str):
        return named(choice)
    if callable(choice):
        return choice
    if choice is not None:
        if not isinstance(choice, Mapping):
            raise TypeError(f"{choice!r} is no choice of a reward function: pass a name, a function, a mapping of them")
        if source is not None and source in choice:
            return choose(choice[source])
        raise _unknown(source, choice)
    if row is not None:
        if not isinstance(row, str) or ":" in row:
            raise Unknown(f"a row of the data asks for {row!r:.80}: pass what stands in a module yourself, as verifier")
        return named(row)
    if source in SOURCES:
        return named(SOURCES[source])
    for beginning, name in _BEGINNINGS.items():
        if isinstance(source, str) and source.startswith(beginning):
            return named(name)
    raise _unknown(source, SOURCES)


def _unknown(source: Any, known: Mapping[str, Any]) -> Unknown:
    if source is None:
        return Unknown("neither a verifier nor a data source: name the reward function, as in verifier='math'")
    near = difflib.get_close_matches(str(source), known, 1, 0)
    beside = f" (near: {near[0]!r})" if near else ""
    return Unknown(f"no reward function is known for the data source {str(source)[:80]!r}{beside}: name it")


def truth_for(function: RewardFunction, source: str | None, ground_truth: Any) -> Any:
    """The ground truth for a function that goes by its shape. It names the verifier of a known data source: tests that
    cannot be read are no text to compare with. Keys without a value are left out: Arrow gives each row those of all.

    >>> truth_for(Named("r1_zero"), "taco", "[")
    {'verifier': 'code', 'ground_truth': '['}
    """
    if not isinstance(function, Named) or function.name not in _BY_SHAPE:
        return ground_truth
    if source in SOURCES:
        return {"verifier": SOURCES[source], "ground_truth": ground_truth}
    if isinstance(ground_truth, Mapping):
        return {key: value for key, value in ground_truth.items() if value is not None}
    return ground_truth
