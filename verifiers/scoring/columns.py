"""What is scored of a row: its completion, its ground truth, and the verifier that it asks for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..adapters.rows import NEED_NONE
from ..adapters.rows import text_of as text_of_messages
from ..registry import Unknown, find
from .rows import BadRow, Row

DEEPEST = 100
"""Lists or objects within each other."""
_NOTHING = object()


@dataclass(frozen=True)
class Task:
    """What a worker is asked."""

    index: int
    id: Any
    verifier: str
    completion: str
    ground_truth: Any
    digest: str


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where in a row things are; a dot leads into a nested column, as in `reward_model.ground_truth`."""

    completion: str = "completion"
    ground_truth: str = "ground_truth"
    verifier: str | None = None
    """The verifier's name, the same for all rows."""
    verifier_column: str | None = None
    id: str | None = None
    """The column `id`, where there is one, if this is None."""

    def task(self, row: Row) -> Task:
        """BadRow where a column is missing, or holds what cannot be scored."""
        columns = row.columns()
        verifier = self.verifier or self._verifier(columns, row.where)
        truth = _value(columns, self.ground_truth)
        if truth is _NOTHING and verifier not in NEED_NONE:  # these may do without the column
            raise _missing(row.where, columns, self.ground_truth)
        completion = _value(columns, self.completion)
        if completion is _NOTHING:
            raise _missing(row.where, columns, self.completion)
        name = columns.get("id") if self.id is None else _value(columns, self.id)
        if name is _NOTHING:
            raise _missing(row.where, columns, self.id or "")
        for column, value in ((self.ground_truth, truth), (self.id or "id", name)):
            if _deeper(value, DEEPEST):  # else it could be read, but neither sent to a worker nor written
                raise BadRow(f"{row.where}: the column {column} is nested more than {DEEPEST} deep")
        try:
            text = text_of(completion)
        except TypeError as error:
            raise BadRow(f"{row.where}: the column {self.completion} {error}") from None
        return Task(row.index, name, verifier, text, None if truth is _NOTHING else truth, row.digest)

    def _verifier(self, columns: Mapping[str, Any], where: str) -> str:
        column = self.verifier_column or ""
        name = _value(columns, column)
        if name is _NOTHING:
            raise _missing(where, columns, column)
        # A file of data may not say which code is loaded.
        if not isinstance(name, str) or ":" in name:
            raise BadRow(f"{where}: the column {column} is {name!r:.80}, not the name of a verifier")
        try:
            find(name)
        except Unknown as error:
            raise BadRow(f"{where}: {error}") from None
        return name


def text_of(completion: Any) -> str:
    """What the adapters read of it; but a file in which the policy said nothing is a mistake, and TypeError.

    >>> text_of([{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}])
    '4'
    """
    if isinstance(completion, str):
        return completion
    if not isinstance(completion, list) or not all(isinstance(message, Mapping) for message in completion):
        raise TypeError(f"is {_kind(completion)}, neither text nor a list of messages")
    said = [message for message in completion if message.get("role") == "assistant"]
    if not said:
        raise TypeError("holds no message of the role assistant")
    content = said[-1].get("content")
    if isinstance(content, (str, list)):
        return text_of_messages(said)
    if content is None and (thinking := text_of_messages(said)):  # cut off before it wrote anything else
        return thinking
    raise TypeError(f"holds a message whose content is {_kind(content)}, not text")


def _deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        held = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))]
        level = [inner for values in held for inner in values]
    return any(isinstance(one, (dict, list)) for one in level)


def _kind(value: Any) -> str:
    return "null" if value is None else f"a {type(value).__name__}"


def _value(columns: Mapping[str, Any], path: str) -> Any:
    """A column of that very name comes before one inside another."""
    if path in columns:
        return columns[path]
    value: Any = columns
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _NOTHING
    return value


def _missing(where: str, columns: Mapping[str, Any], path: str) -> BadRow:
    known = [*columns]
    known += [f"{name}.{key}" for name, value in columns.items() if isinstance(value, Mapping) for key in value]
    if not known:
        return BadRow(f"{where}: no column {path!r}, and no other")
    return BadRow(f"{where}: no column {path!r}: did you mean {difflib.get_close_matches(path, known, 1, 0)[0]!r}?")
