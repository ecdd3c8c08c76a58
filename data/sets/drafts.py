"""What a row becomes: a draft of a task with what proves it, or why it is none."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Row = Mapping[str, object]


class Refused(ValueError):
    """A row that is no task; the message says what was expected, `reason` what it is counted under."""

    def __init__(self, message: str, reason: str = "layout") -> None:
        super().__init__(message)
        self.reason = reason


class LeftOut(Refused):
    """A row that is left out because that was asked for, or the set itself marks it; no fault."""


class Draft(NamedTuple):
    """A task, and what proves it: a completion that the verifier must accept."""

    question: str
    ground_truth: object
    verifier: str
    """Its name; empty for a general prompt, which no rule judges."""
    right: str
    note: str = ""
    """What of the row is not in the task."""
    others: tuple[str, ...] = ()
    """More published solutions: it is enough that one is accepted."""
    columns: Row = MappingProxyType({})
    """What else the set knows of the task, such as its level."""


def texts(row: Row, *keys: str) -> list[str]:
    """What stands under the keys; Refused where one of them has no text."""
    found = [value for value in map(row.get, keys) if isinstance(value, str) and value.strip()]
    if len(found) != len(keys):
        named = " and ".join(f'"{key}"' for key in keys)
        raise Refused(f"expected texts under {named}, found the keys {sorted(row)}")
    return found


def first(row: Row, *keys: str) -> object:
    """What stands under the first of the keys that holds anything but blanks, or None."""
    for key in keys:
        value = row.get(key)
        if value is not None and not (isinstance(value, str) and not value.strip()):
            return value
    return None


def first_text(row: Row, *keys: str) -> str:
    """The text under the first of the keys that has any; Refused where none does."""
    value = first(row, *keys)
    if not isinstance(value, str):
        raise Refused(f"expected text under {' or '.join(map(repr, keys))}, found the keys {sorted(row)}")
    return value


def columns(row: Row, **names: tuple[str, ...]) -> Row:
    """Column name → what stands under the first of the keys; without those that the row does not have.

    >>> columns({"difficulty": "hard", "url": ""}, level=("level", "difficulty"), source=("url",))
    {'level': 'hard'}
    """
    found = {name: first(row, *keys) for name, keys in names.items()}
    return {name: value for name, value in found.items() if isinstance(value, (str, int, float))}


def fenced(program: str, language: str = "python") -> str:
    """A program as a completion shows it."""
    return f"```{language}\n{program}\n```"
