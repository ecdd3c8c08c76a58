"""The function under audit, called in a process of its own; whatever it returns becomes an outcome."""

from __future__ import annotations

import inspect
import math
import numbers
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from ..registry import load
from . import clock
from .memory import bound_memory
from .signature import COLUMNS, PIECES, Plan

PROBE = "_r1_laws_probe"
"""A name that appears in `sys` where the text of a completion was run as code."""
THREADS = 8
_RACE_S = 0.1
_NUMBERS = (numbers.Real, Decimal)


class Call(NamedTuple):
    """What one call is given."""

    completion: str
    ground_truth: Any
    prompt: str = "What is the answer?"


class Outcome(NamedTuple):
    """What came of one call."""

    score: float | None
    problem: str = ""
    """The exception, or why what it returned is no score; empty where all is well."""
    hung: bool = False
    ran_code: bool = False
    cpu_s: float = 0.0


@dataclass
class Target:
    """A reward function and how to call it; sent to the process as a whole."""

    fn: Callable[..., Any] | str
    """The function, or where `load` finds it."""
    plan: Plan
    call: Callable[..., Any] | None = None
    messages: bool = False
    """Prompts and completions are lists of messages."""
    clock: float = 0.0
    """So many seconds the process's clock is ahead."""
    ready: bool = field(default=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        """With a clock that can be set ahead it arrives before its function is imported."""
        return {**({"_clock": clock.Installing()} if self.clock else {}), **self.__dict__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Where it arrives its function is loaded at once, so that imports are on no call's clock."""
        self.__dict__.update(state)
        if isinstance(self.fn, str):
            self.fn = load(self.fn)

    def __call__(self, how: str, calls: Sequence[Call], messages: bool) -> list[Outcome]:
        """`each` call alone, all of them `together` in one batch, `aside` from one thread, or all from each of
        the `threads`."""
        if not self.ready:
            self._prepare()
        self.messages = messages
        if how == "together" and self.plan.batch == 0:
            return self._outcomes(list(calls))
        if how == "threads":
            return self._in_threads(list(calls))
        if how == "aside":
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(1) as pool:
                return list(pool.map(lambda call: self._outcomes([call])[0], calls))
        return [outcome for call in calls for outcome in self._outcomes([call])]

    def _prepare(self) -> None:
        """Once a process: no output, bounded memory, the clock, the function itself."""
        self.ready = True
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)  # some log the text of every completion that they cannot parse
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        if self.clock:
            clock.install()
        if isinstance(self.fn, str):  # in a fork, which is not sent
            self.fn = load(self.fn)
        if self.clock:  # after the import: a function may measure from there
            clock.set_ahead(self.clock, self.fn)
        bound_memory()

    def _in_threads(self, calls: list[Call]) -> list[Outcome]:
        """All the calls from each of eight threads at once, again and again; of a call's outcomes one that changed."""
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier

        barrier = Barrier(THREADS)

        def turn(number: int) -> list[Outcome]:
            first: dict[int, Outcome] = {}
            changed: dict[int, Outcome] = {}
            barrier.wait()
            end = time.monotonic() + _RACE_S
            while len(first) < len(calls) or time.monotonic() < end:
                for step in range(len(calls)):
                    at = (step + number * len(calls) // THREADS) % len(calls)
                    outcome = self._outcomes([calls[at]])[0]
                    if outcome[:2] != first.setdefault(at, outcome)[:2]:
                        changed[at] = outcome
            return [changed.get(at, first[at]) for at in range(len(calls))]

        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(THREADS) as pool:
                return [outcome for outcomes in pool.map(turn, range(THREADS)) for outcome in outcomes]
        finally:
            sys.setswitchinterval(before)

    def _outcomes(self, calls: list[Call]) -> list[Outcome]:
        vars(sys).pop(PROBE, None)
        start = time.thread_time()
        try:
            scores = self._scores(calls)
            problem = ""
        except NotAScore as error:
            scores, problem = [None] * len(calls), str(error)
        except BaseException as error:  # the caller's function: whatever it raises is what we report
            scores, problem = [None] * len(calls), f"raises {type(error).__name__}: {error}"[:300]
        spent = (time.thread_time() - start) / len(calls)
        ran_code = PROBE in vars(sys)
        return [Outcome(score, problem, ran_code=ran_code, cpu_s=spent) for score in scores]

    def _scores(self, calls: list[Call]) -> list[float | None]:
        assert not isinstance(self.fn, str)
        if self.call is not None:
            return [_score(_awaited(self.call(self.fn, call.completion, call.ground_truth))) for call in calls]
        places, names = [], {}
        for name, role, by_place in self.plan.roles:
            values = [self._value(name, role, call) for call in calls]
            value = values[0] if self.plan.batch is None or role in ("none", "ignore") else values
            if by_place:
                places.append(value)
            else:
                names[name] = value
        if self.plan.open:
            if self.plan.batch is None:
                names = {**self.plan.columns, **names}
            else:
                names = {**{key: [value] * len(calls) for key, value in self.plan.columns.items()}, **names}
                for column in COLUMNS:
                    names.setdefault(column, [call.ground_truth for call in calls])
                if isinstance(calls[0].ground_truth, Mapping):
                    for column, key in PIECES.items():
                        names[column] = [call.ground_truth.get(key) for call in calls]
                names.setdefault("completion_ids", [self._value("completion_ids", "ids", call) for call in calls])
                names.setdefault("prompts", [self._said("user", call.prompt) for call in calls])
        returned = _awaited(self.fn(*places, **names))
        if self.plan.batch is None:
            return [_score(returned)]
        return _batch(returned, len(calls))

    def _value(self, name: str, role: str, call: Call) -> Any:
        if role == "fixed":
            return self.plan.columns[name]
        if role == "completion":
            return self._said("assistant", call.completion)
        if role == "prompt":
            return self._said("user", call.prompt)
        if role == "query":
            return f"{call.prompt}{call.completion}"
        if role == "truth":
            return call.ground_truth
        if role == "piece":
            return call.ground_truth.get(PIECES[name]) if isinstance(call.ground_truth, Mapping) else call.ground_truth
        others = {"mapping": {}, "source": self.plan.kind, "ids": list(call.completion.encode("utf-8", "replace"))}
        return _ignore if role == "ignore" else {} if name == "extra_infos" else others.get(role)

    def _said(self, role: str, text: str) -> Any:
        return [{"role": role, "content": text}] if self.messages else text


class NotAScore(TypeError):
    """What the function returned is no score."""


def _ignore(*values: Any, **more: Any) -> None:
    """Where a trainer would log."""


def _awaited(value: Any) -> Any:
    if not inspect.isawaitable(value):
        return value
    import asyncio

    async def finish() -> Any:
        return await value

    return asyncio.run(finish())


def _batch(returned: Any, count: int) -> list[float | None]:
    if isinstance(returned, Mapping):
        key = next((key for key in ("rewards", "scores", "score", "reward") if key in returned), None)
        if key is None:
            raise NotAScore(f"returned a mapping with the keys {sorted(map(str, returned))}, without rewards or scores")
        returned = returned[key]
    if hasattr(returned, "tolist"):
        returned = returned.tolist()
    if count == 1 and (returned is None or isinstance(returned, _NUMBERS)):
        return [_score(returned)]
    if not isinstance(returned, (list, tuple)):
        raise NotAScore(f"returned {_shown(returned)} and not a list with a score for each completion")
    if len(returned) != count:
        raise NotAScore(f"returned {len(returned)} scores for {count} completions")
    return [_score(value) for value in returned]


def _score(value: Any) -> float | None:
    """The number in whatever a reward function returns: a Verdict, a Reward, a mapping, a number, None."""
    if isinstance(value, Mapping):
        key = next((key for key in ("score", "reward", "rewards", "value") if key in value), None)
        if key is None:
            raise NotAScore(f"returned a mapping with the keys {sorted(map(str, value))}, without 'score'")
        value = value[key]
    elif type(value) is tuple and value:
        value = value[0]  # (correct, format, answer), as verl reads it
    elif hasattr(value, "verdicts") and hasattr(value, "value"):
        value = value.value
    elif hasattr(value, "score") and not isinstance(value, _NUMBERS):
        value = value.score
    if hasattr(value, "item"):
        value = value.item()
    if value is None:
        return None
    if not isinstance(value, _NUMBERS):
        raise NotAScore(f"returned {_shown(value)}, which is no score: a number or None is")
    if not math.isfinite(value):
        raise NotAScore(f"returned {value}, which is no score: training on it spoils every weight")
    return float(value)


def _shown(value: Any) -> str:
    return f"{repr(value)[:60]} ({type(value).__name__})"
