"""How a reward function wants its completions and its ground truths written, found out by asking it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .calls import Calls
from .target import Call
from .tasks import Kind, Task

HUNG = "is not done in time"
THOUGHTS = ("<think>So it is.</think>\n", "<think>\nSo it is.\n</think>\n", "")


@dataclass(frozen=True)
class Dress:
    """What stands around an answer and around a ground truth."""

    said: str = "ANSWER"
    truth: str = "TRUTH"
    thought: str = ""
    messages: bool = False
    group: str = ""
    """The layout, where answers are whole completions."""

    def say(self, answer: str) -> str:
        """The answer alone, without thinking."""
        return self.said.replace("ANSWER", answer)

    def completion(self, answer: str) -> str:
        return f"{self.thought}{self.say(answer)}"

    def call(self, task: Task, answer: str) -> Call:
        return Call(self.completion(answer), self.ground_truth(task.ground_truth), task.question)

    def ground_truth(self, truth: Any) -> Any:
        """As the function's own stack writes it."""
        if isinstance(truth, str):
            return self.truth.replace("TRUTH", truth) if truth.strip() and "TRUTH" in self.truth else truth
        if not isinstance(truth, Mapping) or self.truth in ("as it is", "TRUTH"):
            return truth
        if self.truth == "JSON":
            return json.dumps(truth)
        tests = truth.get("tests", [])
        if self.truth == "tests alone":
            return tests
        name = {"fn_name": truth["entry_point"]} if "entry_point" in truth else {}
        inputs = [test.get("input", test.get("args")) for test in tests]
        both = {"inputs": inputs, "outputs": [test.get("output", test.get("expected")) for test in tests], **name}
        return json.dumps(both) if self.truth.endswith("JSON") else both


@dataclass(frozen=True)
class Found:
    """The dress in which right answers are paid, and from which score on they are."""

    dress: Dress
    threshold: float
    pays: bool
    """Whether a right answer was paid more than a wrong one."""
    problems: tuple[str, ...] = ()
    """What the function raised while it was asked."""
    right_call: Call | None = None


def find_dress(calls: Calls, kind: Kind, said: str | None, truth: str | None, threshold: float | None) -> Found:
    """The first dress in which most right answers to the plainest tasks are paid more than wrong ones."""
    problems: list[str] = []
    best: tuple[tuple[int, float], Dress, float] | None = None
    first: tuple[Dress, Call] | None = None
    for dress in _dresses(calls, kind, said, truth):
        calls.messages = dress.messages
        tasks = [kind.layouts.get(dress.group, kind.plain), *kind.beside]
        first = first or (dress, dress.call(tasks[0], tasks[0].right[0]))
        levels = [_level(calls, dress, task, problems) for task in tasks]
        paid = [level for level in levels if level is not None and level.right >= (threshold or level.right)]
        rank = len(paid), paid[0].right if paid else 0.0
        if paid and (best is None or rank > best[0]):
            best = (rank, dress, (paid[0].right + paid[0].wrong) / 2)
        if (len(paid) == len(tasks) and not kind.layouts) or HUNG in problems:
            break
    assert first is not None
    dress = best[1] if best else first[0]
    calls.messages = dress.messages
    level = threshold if threshold is not None else best[2] if best else 0.5
    task = kind.layouts.get(dress.group, kind.plain)
    return Found(dress, level, best is not None, tuple(dict.fromkeys(problems)), dress.call(task, task.right[0]))


class _Level(NamedTuple):
    """What answers to a task get."""

    right: float
    wrong: float
    """The most that a wrong one gets and that is less; those that get as much break a law of their own."""


def _level(calls: Calls, dress: Dress, task: Task, problems: list[str]) -> _Level | None:
    """None where no wrong answer gets less than the right one."""
    # Each with a prompt of its own: a function that remembers prompts shall break the law against that alone.
    answers = (*task.right, *task.wrong)
    asked = [dress.call(task, answer)._replace(prompt=f"Question {answer}") for answer in answers]
    outcomes = calls.each(asked)
    problems += [HUNG if outcome.hung else outcome.problem for outcome in outcomes if outcome.problem]
    right = [outcome.score for outcome in outcomes[: len(task.right)]]
    if None in right:
        return None
    least = min(score for score in right if score is not None)
    wrong = [outcome.score or 0.0 for outcome in outcomes[len(task.right) :]]
    less = [score for score in wrong if score < least]
    return _Level(least, max(less)) if less else None


def _dresses(calls: Calls, kind: Kind, said: str | None, truth: str | None) -> Iterator[Dress]:
    """The likeliest first."""
    can_be_messages = calls.target.call is None and calls.target.plan.stack == "TRL"
    for messages in (False, True) if can_be_messages else (False,):
        for group in kind.layouts or ("",):
            for truth_form in (truth,) if truth else kind.truths:
                for said_form in (said,) if said else kind.said:
                    for thought in ("",) if group else THOUGHTS:
                        yield Dress(said_form, truth_form, thought, messages, group)
