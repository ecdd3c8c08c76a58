"""What arrives, and what goes back: our own batches, and what OpenRLHF and slime send.

A request is hostile until it is read: bounded before, types checked after, and whoever mistypes a key is told the
nearest. A completion's verdict comes from a worker as JSON text, and is only joined here.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..adapters.ends import completion_of, without_end
from .scoring import Task

DEEPEST = 64
"""How deep a ground truth may be nested."""


class Malformed(ValueError):
    """Not a request that we know; the message says what is wrong with it."""


class Undecided(Exception):
    """A completion without a score, in an answer that has room for numbers alone."""

    def __init__(self, because: str) -> None:
        super().__init__(
            f"no score: {because}. Mend the task, or choose what such a completion counts as with "
            "?undecided=NUMBER in the URL"
        )


@dataclass(frozen=True)
class Served:
    """The reward functions that a request may name."""

    names: Sequence[str]

    def check(self, name: Any) -> str:
        if isinstance(name, str) and name in self.names:
            return name
        said = str(name)[:80]  # to look for the nearest takes long where a name is
        near = difflib.get_close_matches(said, self.names, 1, 0)[0]
        raise Malformed(f"no verifier {said!r} is served: did you mean {near!r}?")


def read_json(body: bytes) -> Any:
    """Whatever JSON text says; NaN and Infinity are numbers here as Python's json writes them."""
    try:
        return json.loads(body.decode("utf-8", "surrogatepass"))
    except RecursionError:
        raise Malformed("the body is JSON that is nested too deep") from None
    except ValueError as error:  # also bytes that are no UTF-8, and numbers of too many digits
        raise Malformed(f"the body is no JSON: {str(error)[:200]}") from None


def read_score(body: bytes, served: Served) -> list[Task]:
    """{"verifier": "math", "items": [{"completion": "…", "ground_truth": …}, …]}; an item may name its own verifier."""
    data = _object(read_json(body), "the body", ("verifier", "items"))
    items = data.get("items")
    if type(items) is not list:
        raise Malformed('"items" is a list of objects, each with "completion" and "ground_truth"')
    common = served.check(data["verifier"]) if "verifier" in data else None
    tasks = []
    for place, item in enumerate(items):
        where = f"item {place}"
        _object(item, where, ("completion", "ground_truth", "verifier"))
        name = served.check(item["verifier"]) if "verifier" in item else common
        if name is None:
            raise Malformed(f'{where} has no verifier: name it there, or for all in the body, as in "verifier": "math"')
        tasks.append(Task(name, _text(item, "completion", where), _shallow(item.get("ground_truth"), where)))
    return tasks


def read_openrlhf(body: bytes, verifier: str) -> list[Task | str]:
    """{"query": […], "prompts": […], "labels": […]}: a query is prompt, completion and end-of-text in one. A sentence
    instead of a task where the completion cannot be told from the prompt."""
    data = _object(read_json(body), "the body", ("query", "prompts", "labels"))
    columns = []
    for key in ("query", "prompts", "labels"):
        column = data.get(key)
        if type(column) is not list:
            raise Malformed(f"{key!r} is a list, with one entry for each completion")
        columns.append(column)
    if len(set(map(len, columns))) > 1:
        raise Malformed("query, prompts and labels differ in length: " + ", ".join(str(len(one)) for one in columns))
    tasks: list[Task | str] = []
    for place, (query, prompt, label) in enumerate(zip(*columns, strict=True)):
        if type(query) is not str or type(prompt) is not str:
            raise Malformed(f"query {place} and its prompt are not both texts")
        completion = completion_of(query, prompt)
        if completion is None:
            tasks.append(f"query {place} does not begin with its prompt, so its completion is not known")
        else:
            tasks.append(Task(verifier, completion, _shallow(label, f"label {place}")))
    return tasks


def read_slime(body: bytes, verifier: str) -> list[Task]:
    """{"prompt": …, "response": "…", "label": …}: one completion."""
    data = _object(read_json(body), "the body", ("prompt", "response", "label"))
    response = without_end(_text(data, "response", "the body"))
    return [Task(verifier, response, _shallow(data.get("label"), "the label"))]


def _object(data: Any, where: str, keys: Sequence[str]) -> dict[str, Any]:
    if type(data) is not dict:
        raise Malformed(f"{where} is no object with the keys {', '.join(keys)}")
    for key in data:
        if key not in keys:
            near = difflib.get_close_matches(key[:80], keys, 1, 0)[0]
            raise Malformed(f"{where} has the key {key[:80]!r}: did you mean {near!r}?")
    return data


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    if key not in data:
        raise Malformed(f"{where} has no {key!r}")
    text = data[key]
    if type(text) is not str:
        raise Malformed(f"{key!r} of {where} is no text")
    return text


def _shallow(ground_truth: Any, where: str) -> Any:
    """The same; Malformed where it is too deep to be passed on."""
    level = [ground_truth]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for value in level:
            if type(value) is dict:
                inner += value.values()
            elif type(value) is list:
                inner += value
        if not inner:
            return ground_truth
        level = inner
    raise Malformed(f"{where} has a ground truth that is nested more than {DEEPEST} deep")


# What goes back.


@dataclass(frozen=True)
class Scored:
    """What a worker said of one completion."""

    line: str
    """Its verdict as JSON text."""
    number: float | None
    reason: str
    note: str = ""

    def decided(self, undecided: float | str | None) -> float | None:
        """The number, or what the caller chose for one that is undecided: "stop" raises Undecided."""
        if self.number is not None:
            return self.number
        if isinstance(undecided, str):
            raise Undecided(f"{self.reason}{': ' if self.note else ''}{self.note}")
        return undecided


def read_policy(text: str | None, *, null: bool) -> float | str | None:
    """What an undecided completion counts as, in the words of a URL: "stop", a number, or null where that is taken."""
    if text is None or text == "stop":
        return "stop"
    if text == "null" and null:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        takes = '"stop", "null" or a number' if null else '"stop" or a number'
        raise Malformed(f"undecided={text[:40]!r} is not {takes}")
    return number


def write_verdicts(scored: Iterable[Scored]) -> bytes:
    """{"verdicts": […]}, in order."""
    return ('{"verdicts": [' + ", ".join(one.line for one in scored) + "]}").encode()


def write_openrlhf(scored: Sequence[Scored], undecided: float | str | None) -> bytes:
    numbers = [one.decided(undecided) for one in scored]
    flags = [float(one.number is None) for one in scored]
    return json.dumps({"rewards": numbers, "scores": numbers, "extra_logs": {"undecided": flags}}).encode()


def write_slime(scored: Sequence[Scored], undecided: float | str | None) -> bytes:
    return json.dumps(scored[0].decided(undecided)).encode()
