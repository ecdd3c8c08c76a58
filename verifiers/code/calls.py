"""Calls of a program's function that a test makes: arguments by place and by name, and what is done with the value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import Execution, Limits, Program, Sandbox


@dataclass(frozen=True)
class Call:
    """One call: its arguments, and what the test does with the value."""

    args: list[Any]
    keywords: dict[str, Any] = field(default_factory=dict)
    through: str = ""
    """The name of a method, such as `__iter__`: what has it and is not plain, such as a generator, comes as a list."""


_ADAPTED = "adapted_call"
_ADAPTER = f"""

def {_ADAPTED}(entry_point, args, keywords, through):
    import builtins as its  # the program may have a `list` of its own

    names = its.globals()
    function, solution = names.get(entry_point), names.get("Solution")
    imported = its.getattr(function, "__module__", __name__) != __name__
    if its.isinstance(solution, its.type) and its.hasattr(solution, entry_point):
        if imported or not its.callable(function):
            function = its.getattr(solution(), entry_point)
    if not its.callable(function):
        raise its.SystemExit(f"no function {{entry_point}} and no Solution.{{entry_point}}")  # no test expects it
    value = function(*args, **keywords)
    plain = its.isinstance(value, (its.str, its.bytes, its.list, its.tuple, its.dict, its.set, its.frozenset))
    return its.list(value) if through and its.hasattr(value, through) and not plain else value
"""
"""Put at the end of a program where a call needs more than the sandbox's own. It runs as the program, which could have
returned that value as well."""


def call_each(
    box: Sandbox, program: Program, entry_point: str, calls: Sequence[Call], limits: Limits
) -> Iterator[Execution]:
    """One execution for each call, lazily and in order."""
    if not any(call.keywords or call.through for call in calls):
        return box.call_each(program, entry_point, [call.args for call in calls], limits=limits)
    adapted = Program(program.source + _ADAPTER, program.language)
    sent = [[entry_point, call.args, call.keywords, call.through] for call in calls]
    return box.call_each(adapted, _ADAPTED, sent, limits=limits)
