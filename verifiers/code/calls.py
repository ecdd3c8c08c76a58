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
    iterators: list[int | str] = field(default_factory=list)
    """Which of its arguments, by place or by name, are lists of what an iterator shall give."""


APART = "apart"
"""In place of such a name: what is not plain comes with a word on what it is, as `["iterator", items, more]` or
`["awaited", value]`."""
_MOST_ITEMS = 1_000
"""Of what may be an endless iterator; all are made where the test code goes that far."""

_ADAPTED = "adapted_call"
_ADAPTER = f"""

def {_ADAPTED}(entry_point, args, keywords, through, iterators):
    import builtins as its  # the program may have a `list` of its own

    names = its.globals()
    function, solution = names.get(entry_point), names.get("Solution")
    imported = its.getattr(function, "__module__", __name__) != __name__
    if its.isinstance(solution, its.type) and its.hasattr(solution, entry_point):
        if imported or not its.callable(function):
            function = its.getattr(solution(), entry_point)
    if not its.callable(function):
        raise its.SystemExit(f"no function {{entry_point}} and no Solution.{{entry_point}}")  # no test expects it
    for place in iterators:
        given = args if its.isinstance(place, its.int) else keywords
        given[place] = its.iter(given[place])
    value = function(*args, **keywords)
    if through == {APART!r} and its.hasattr(value, "__next__"):
        import itertools

        items = its.list(itertools.islice(value, {_MOST_ITEMS + 1}))
        return ["iterator", items[:{_MOST_ITEMS}], its.len(items) > {_MOST_ITEMS}]
    if through == {APART!r} and its.hasattr(value, "__await__"):
        import asyncio

        return ["awaited", asyncio.run(value)]
    plain = its.isinstance(value, (its.str, its.bytes, its.list, its.tuple, its.dict, its.set, its.frozenset))
    return its.list(value) if through and its.hasattr(value, through) and not plain else value
"""
"""Put at the end of a program where a call needs more than the sandbox's own. It runs as the program, which could have
returned that value as well."""


def call_each(
    box: Sandbox, program: Program, entry_point: str, calls: Sequence[Call], limits: Limits
) -> Iterator[Execution]:
    """One execution for each call, lazily and in order."""
    if not any(call.keywords or call.through or call.iterators for call in calls):
        return box.call_each(program, entry_point, [call.args for call in calls], limits=limits)
    adapted = Program(program.source + _ADAPTER, program.language)
    sent = [[entry_point, call.args, call.keywords, call.through, call.iterators] for call in calls]
    return box.call_each(adapted, _ADAPTED, sent, limits=limits)
