"""How long a completion is and how much it repeats itself, as scores that add up to the papers' penalties.

A verifier sees a completion and a ground truth, and not token ids. They reach these verifiers in one of three ways:
a completion of type `Tokenized` carries them through `weighted` and `verify_batch`; `tokens=` passes them at the call;
`count=` (a tokenizer's `encode`, say) makes them anew. Else length is counted in `text_units`, and details["unit"]
says so: set max_tokens for what you count in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from .types import Reason, Verdict, need_text

Count = Callable[[str], Sequence[int] | int]
_UNIT = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
    r"{1,12}|\s{2,12}|\S"
)


class Tokenized(str):
    """A completion with the token ids that it was decoded from.

    >>> completion = Tokenized("so 4", [2, 7, 9])
    >>> completion == "so 4", completion.tokens
    (True, (2, 7, 9))
    """

    tokens: tuple[int, ...]

    def __new__(cls, text: str, tokens: Sequence[int]) -> Tokenized:
        self = super().__new__(cls, text)
        self.tokens = tuple(tokens.tolist() if hasattr(tokens, "tolist") else tokens)  # an array's own numbers are slow
        return self

    def __getnewargs__(self) -> tuple[str, tuple[int, ...]]:  # type: ignore[override]
        return str(self), self.tokens


def text_units(text: str) -> list[str]:
    """A text in pieces that stand for tokens, whatever its language.

    A run of letters and digits is one for every twelve begun, so that gluing words together gains nothing; a character
    of Han, kana, Thai, Lao, Khmer or Burmese is one, and so is any other sign, and a run of two to twelve blanks.

    >>> text_units("Let x_1 = 四十二.")
    ['Let', 'x_1', '=', '四', '十', '二', '.']
    """
    return _UNIT.findall(text)


def soft_overlong_penalty(length: int, *, max_tokens: int, buffer: int) -> float:
    """From 0 up to max_tokens - buffer tokens straight down to -1 at max_tokens, and -1 from there on.

    DAPO's soft overlong punishment (arXiv 2503.14476, equation 13); buffer is its L_cache.

    >>> [soft_overlong_penalty(n, max_tokens=20_480, buffer=4_096) for n in (0, 16_384, 18_432, 20_480, 99_999)]
    [0.0, 0.0, -0.5, -1.0, -1.0]
    """
    return max(-1.0, min(0.0, (max_tokens - buffer - length) / buffer))


def cosine_reward(
    length: int,
    correct: bool | None,
    *,
    max_tokens: int,
    right: tuple[float, float] = (2.0, 1.0),
    wrong: tuple[float, float] = (-10.0, 0.0),
    exceeding: float | None = -10.0,
) -> float | None:
    """The reward of a right or a wrong answer of this length; None where nothing is known of it.

    "Demystifying long chain-of-thought" (arXiv 2502.03373, section 4.2): half a cosine from the first value of a pair,
    at no length, to the second, at max_tokens; there and beyond `exceeding`, for a completion that was cut off. With
    exceeding=None the second value goes on for ever, so that there is no jump.

    >>> [cosine_reward(n, True, max_tokens=1000) for n in (0, 500, 1000, 2000)]
    [2.0, 1.5, -10.0, -10.0]
    >>> [cosine_reward(n, False, max_tokens=1000, exceeding=None) for n in (0, 500, 1000, 2000)]
    [-10.0, -5.0, 0.0, 0.0]
    """
    if correct is None:
        return None
    if length >= max_tokens and exceeding is not None:
        return exceeding
    first, last = right if correct else wrong
    fallen = (1 - math.cos(math.pi * min(length / max_tokens, 1.0))) / 2  # past the maximum it would rise again
    return first * (1 - fallen) + last * fallen


def repeated(tokens: Sequence[Any], n: int) -> list[bool]:
    """For each token whether it stands in a run of n tokens that has come before.

    >>> repeated("abcabcx", 3)
    [False, False, False, True, True, True, False]
    """
    marks = [False] * len(tokens)
    if n < 1 or len(tokens) <= n:
        return marks
    ids: dict[Any, int] = {}
    runs = [ids.setdefault(token, len(ids)) for token in tokens]
    width = 1
    while width < n:  # a run of n tokens is told by two runs of half its width: linear whatever n is
        step = min(width, n - width)
        pairs: dict[tuple[int, int], int] = {}
        runs = [pairs.setdefault(pair, len(pairs)) for pair in zip(runs, runs[step:], strict=False)]
        width += step
    marked = newest = 0
    for place, run in enumerate(runs):
        if run < newest:  # numbers are given in the order of first use
            for again in range(max(place, marked), place + n):
                marks[again] = True
            marked = place + n
        newest = max(newest, run + 1)
    return marks


def repetition_penalties(tokens: Sequence[Any], *, n: int = 40, penalty: float = -0.05) -> list[float]:
    """The penalty of each token that stands in an n-gram seen before (arXiv 2502.03373, appendix: N 40, P -0.05)."""
    return [penalty if mark else 0.0 for mark in repeated(tokens, n)]


@dataclass(frozen=True)
class SoftOverlong:
    """Score 1 + soft_overlong_penalty: of weight w, the reward is DAPO's w * penalty, and w more for every completion.

    Advantages within a group do not see what all have in common. DAPO's accuracy is 1 or -1, so that its own weights
    are `weighted(math=(2.0, verify_math), length=(1.0, soft_overlong(max_tokens=20480, buffer=4096)))`.
    """

    _: KW_ONLY
    max_tokens: int
    buffer: int
    count: Count | None = None

    def __post_init__(self) -> None:
        _positive("max_tokens", self.max_tokens)
        _positive("buffer", self.buffer)
        if self.buffer > self.max_tokens:
            raise ValueError(f"buffer {self.buffer} is more than max_tokens {self.max_tokens}")

    def __call__(
        self, completion: str, ground_truth: object = None, *, tokens: Sequence[int] | int | None = None
    ) -> Verdict:
        found, unit = _measured(completion, tokens, self.count)
        length = found if isinstance(found, int) else len(found)
        penalty = soft_overlong_penalty(length, max_tokens=self.max_tokens, buffer=self.buffer)
        details = {"length": length, "unit": unit, "penalty": penalty}
        if penalty == 0:
            return Verdict(1.0, Reason.CORRECT, details=details)
        note = f"{length} {unit}, more than {self.max_tokens - self.buffer}"
        return Verdict(1 + penalty, Reason.OUTPUT_LIMIT, note=note, details=details)


@dataclass(frozen=True)
class CosineLength:
    """The cosine reward of what a verifier says, from 0 to 1: score * span + lowest is the paper's value.

    With `length = cosine_length(verify_math, max_tokens=4096)`, `weighted(length=(length.span, length))` is the paper's
    reward less `lowest`, which advantages within a group do not see. What has no score keeps having none, and a part of
    the score is not right.
    """

    verifier: Callable[..., Verdict]
    _: KW_ONLY
    max_tokens: int
    right: tuple[float, float] = (2.0, 1.0)
    wrong: tuple[float, float] = (-10.0, 0.0)
    exceeding: float | None = -10.0
    count: Count | None = None

    def __post_init__(self) -> None:
        if not callable(self.verifier):
            raise TypeError(f"the verifier is {self.verifier!r}, which cannot be called: pass the function itself")
        _positive("max_tokens", self.max_tokens)
        values = self._values()
        if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
            raise ValueError(f"right, wrong and exceeding hold {values}: pass finite numbers")
        if min(self.right) <= max(self.wrong):
            raise ValueError(f"right {self.right} is not above wrong {self.wrong}: being right would not pay")
        if self.exceeding is not None and self.exceeding > min(self.right):
            raise ValueError(f"exceeding {self.exceeding} is above right {self.right}: being cut off would pay")

    def _values(self) -> list[float]:
        return [*self.right, *self.wrong, *([] if self.exceeding is None else [self.exceeding])]

    @property
    def lowest(self) -> float:
        """The reward of score 0."""
        return min(self._values())

    @property
    def span(self) -> float:
        """From the lowest reward to the highest: the weight that gives the paper's scale."""
        return max(self._values()) - self.lowest

    def __call__(self, completion: str, ground_truth: object, *, tokens: Sequence[int] | int | None = None) -> Verdict:
        found, unit = _measured(completion, tokens, self.count)
        length = found if isinstance(found, int) else len(found)
        verdict = self.verifier(completion, ground_truth)
        value = cosine_reward(
            length,
            None if verdict.score is None else verdict.correct,
            max_tokens=self.max_tokens,
            right=self.right,
            wrong=self.wrong,
            exceeding=self.exceeding,
        )
        details: Mapping[str, Any] = {"length": length, "unit": unit, "value": value, "verdict": verdict}
        score = None if value is None else min(1.0, max(0.0, (value - self.lowest) / self.span))
        return Verdict(score, verdict.reason, verdict.answer, verdict.note, details)


@dataclass(frozen=True)
class NoRepetition:
    """Score 1 less the share of tokens that stand in an n-gram seen before.

    Of weight w, the reward is w more than the mean of `repetition_penalties` with penalty=-w.
    """

    _: KW_ONLY
    n: int = 40
    count: Count | None = None

    def __post_init__(self) -> None:
        _positive("n", self.n)

    def __call__(self, completion: str, ground_truth: object = None, *, tokens: Sequence[int] | None = None) -> Verdict:
        found, unit = _measured(completion, tokens, self.count)
        if isinstance(found, int):
            raise TypeError("repetition is seen in the tokens, not in how many there are: pass their ids")
        again = sum(repeated(found, self.n))
        details = {"length": len(found), "unit": unit, "repeated": again}
        if not again:
            return Verdict(1.0, Reason.CORRECT, details=details)
        note = f"{again} of {len(found)} {unit} stand in a run of {self.n} that came before"
        return Verdict(1 - again / len(found), Reason.WRONG, note=note, details=details)


def soft_overlong(*, max_tokens: int, buffer: int, count: Count | None = None) -> SoftOverlong:
    """A verifier that takes from its score what a completion is too long (DAPO, arXiv 2503.14476, equation 13).

    Both are tokens, the buffer the smaller, or a ValueError; score = 1 + `soft_overlong_penalty`.

    >>> soft_overlong(max_tokens=8, buffer=4)("so it is 4", tokens=[1, 2, 3, 4, 5]).score
    0.75
    """
    return SoftOverlong(max_tokens=max_tokens, buffer=buffer, count=count)


def cosine_length(
    verifier: Callable[..., Verdict],
    *,
    max_tokens: int,
    right: tuple[float, float] = (2.0, 1.0),
    wrong: tuple[float, float] = (-10.0, 0.0),
    exceeding: float | None = -10.0,
    count: Count | None = None,
) -> CosineLength:
    """A verifier around another, in which a right answer is worth the more the shorter it is; see `cosine_reward`.

    Lengths are tokens; score · span + lowest is the paper's reward, and the score None where the inner one is.

    >>> from verifiers import verify_math
    >>> length = cosine_length(verify_math, max_tokens=1000)
    >>> length(r"so \\\\boxed{4}", "4", tokens=500).score * length.span + length.lowest
    1.5
    """
    return CosineLength(verifier, max_tokens=max_tokens, right=right, wrong=wrong, exceeding=exceeding, count=count)


def no_repetition(*, n: int = 40, count: Count | None = None) -> NoRepetition:
    """A verifier that takes from its score the share of tokens that repeat (arXiv 2502.03373).

    n is the length of a run in tokens, whose ids it needs: how many there are is a TypeError.

    >>> no_repetition(n=2)("wait, wait, wait, so 4").score
    0.5
    """
    return NoRepetition(n=n, count=count)


def _measured(
    completion: str, tokens: Sequence[int] | int | None, count: Count | None
) -> tuple[Sequence[Any] | int, str]:
    """The tokens or their number, and what they are called."""
    text = need_text(completion, "a length verifier")
    if tokens is None and isinstance(completion, Tokenized):
        tokens = completion.tokens
    if tokens is None and count is not None:
        tokens = count(text)
    if tokens is None:
        return text_units(text), "text units"
    if isinstance(tokens, (bool, str, bytes)) or not isinstance(tokens, (int, Sequence)):
        raise TypeError(f"tokens are {type(tokens).__name__}: pass their ids, a list of int, or how many there are")
    if isinstance(tokens, int) and tokens < 0:
        raise ValueError(f"tokens {tokens} is less than 0")
    return tokens, "tokens"


def _positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}, not a whole number")
    if value < 1:
        raise ValueError(f"{name} {value} is less than 1")
