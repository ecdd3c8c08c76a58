"""Tasks whose truth is built in: a ground truth, answers that are right for a reason, and near misses."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Task:
    """One question, and texts of which it is known whether they answer it."""

    ground_truth: Any
    right: tuple[str, ...]
    """The first is the ground truth's own spelling."""
    wrong: tuple[str, ...]
    one_value: bool = True
    """A second value beside it makes another answer of it."""

    @property
    def question(self) -> str:
        """It says a right answer among wrong ones, as the last thing."""
        return f"Which of them is it: {', '.join(self.wrong[:2])} or {self.right[0]}"


@dataclass(frozen=True)
class Kind:
    """What the laws need to know of one kind of reward."""

    groups: Mapping[str, st.SearchStrategy[Task]]
    plain: Task
    """The simplest task."""
    said: tuple[str, ...]
    """How a completion may say its ANSWER, the likeliest first."""
    truths: tuple[str, ...] = ("TRUTH",)
    """How a ground truth may be written: around its TRUTH, or the name of a conversion in `dress.py`."""
    beside: tuple[Task, ...] = ()
    """Tasks that tell, beside the simplest, how the function wants its completions and ground truths."""
    layouts: Mapping[str, Task] = field(default_factory=dict)
    """Where the answers are whole completions: the simplest task of each group; the first that is paid counts."""
    unreadable: tuple[Any, ...] = ()
    """Ground truths that nobody can read, so that no answer to them is right."""
    empty: tuple[str, ...] = ("", " ")
    """Answers that say nothing."""
    bombs: tuple[str, ...] = ()
    """Short answers that take for ever where nobody bounds the work."""
    costly: bool = False
    """A call takes so long that fewer are made."""
    hacks: Mapping[str, str] = field(default_factory=dict)
    """Answers that aim at the judge, by what they try."""


def kind_of(name: str) -> Kind:
    """The kind of that name, or a ValueError that names the nearest."""
    from .code_tasks import CODE
    from .math_tasks import MATH
    from .text_tasks import CHOICE, COUNTDOWN, FORMAT, LANGUAGE

    kinds = {
        "math": MATH,
        "code": CODE,
        "format": FORMAT,
        "language": LANGUAGE,
        "choice": CHOICE,
        "countdown": COUNTDOWN,
    }
    if name not in kinds:
        near = difflib.get_close_matches(str(name), kinds, 1, 0)
        raise ValueError(f"kind {name!r} is none of {', '.join(kinds)}: did you mean {near[0]!r}?")
    return kinds[name]
