"""The verifier that a ground truth asks for, so that one reward serves a mix of tasks."""

from __future__ import annotations

import difflib
import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from .mapping import shown
from .types import Reason, Verdict, need_text

_RULES = {
    "math": ("math", "verify_math"),
    "code": ("code", "verify_code"),
    "choice": ("choice", "verify_choice"),
    "countdown": ("countdown", "verify_countdown"),
    "logic": ("logic", "verify_logic"),
    "reasoning_gym": ("reasoning_gym", "verify_reasoning_gym"),
}
"""Name → module and function of each verifier of an answer."""
_SHAPES = {
    "code": (("kind", "tests"), ("kind", "test")),
    "countdown": (("numbers", "target"),),
    "reasoning_gym": (("dataset", "entry"),),
    "choice": (("answer", "choices"),),
}
"""The keys by which a mapping is known."""


def verify_accuracy(completion: str, ground_truth: Any) -> Verdict:
    """What the fitting verifier says: a text or a number is for `verify_math`; a mapping, or its JSON text, is known by
    its keys (`kind` with `tests` or `test`, `numbers` with `target`, `dataset` with `entry`, `answer` with `choices`),
    or names its verifier: {"verifier": "logic", "ground_truth": …}.

    >>> verify_accuracy("<answer>(6 - 2) * 3</answer>", {"numbers": [2, 3, 6], "target": 12}).score
    1.0
    >>> verify_accuracy("<answer>4</answer>", {"verifier": "maths", "ground_truth": "4"}).note
    "no verifier 'maths': did you mean 'math'?"
    """
    completion = need_text(completion, "verify_accuracy")
    found = _mapping(ground_truth)
    if found is None:
        return _rule("math")(completion, ground_truth)
    if "verifier" in found:
        name = shown(found["verifier"])
        if name not in _RULES:
            near = difflib.get_close_matches(name, _RULES, 1, 0)[0]
            return _bad(f"no verifier {name!r}: did you mean {near!r}?")
        if "ground_truth" not in found:
            return _bad(f"a ground truth for {name!r} needs its own under the key 'ground_truth'")
        return _rule(name)(completion, found["ground_truth"])
    for name, shapes in _SHAPES.items():
        if any(all(key in found for key in keys) for keys in shapes):
            return _rule(name)(completion, found)
    keys = ", ".join(map(shown, found))[:200]
    return _bad(f"no verifier is known by the keys {keys}: name it, as in {{'verifier': 'math', …}}")


def _mapping(ground_truth: Any) -> Mapping[str, Any] | None:
    """The mapping that it is, or whose JSON text it is."""
    if isinstance(ground_truth, Mapping):
        return ground_truth
    if isinstance(ground_truth, str) and ground_truth.lstrip().startswith('{"'):
        try:
            found = json.loads(ground_truth)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
    return None


def _rule(name: str) -> Callable[[str, Any], Verdict]:
    home, function = _RULES[name]
    rule: Callable[[str, Any], Verdict] = getattr(importlib.import_module(f".{home}", __package__), function)
    return rule


def _bad(note: str) -> Verdict:
    return Verdict(None, Reason.BAD_GROUND_TRUTH, note=note)
