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
    fitting = fitting_rule(ground_truth)
    if isinstance(fitting, str):
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=fitting)
    name, own = fitting
    home, function = _RULES[name]
    rule: Callable[[str, Any], Verdict] = getattr(importlib.import_module(f".{home}", __package__), function)
    return rule(completion, own)


def fitting_rule(ground_truth: Any) -> tuple[str, Any] | str:
    """The name of the verifier that the ground truth asks for, with its own ground truth; or a sentence on why none.

    >>> fitting_rule("4"), fitting_rule({"verifier": "logic", "ground_truth": {"Zoey": "knight"}})
    (('math', '4'), ('logic', {'Zoey': 'knight'}))
    """
    found = as_mapping(ground_truth)
    if found is None:
        return "math", ground_truth
    if isinstance(found, str):
        return found
    if "verifier" in found:
        name = shown(found["verifier"])
        if name not in _RULES:
            near = difflib.get_close_matches(name, _RULES, 1, 0)[0]
            return f"no verifier {name!r}: did you mean {near!r}?"
        if "ground_truth" not in found:
            return f"a ground truth for {name!r} needs its own under the key 'ground_truth'"
        return name, found["ground_truth"]
    for name, shapes in _SHAPES.items():
        if any(all(key in found for key in keys) for keys in shapes):
            return name, {key: value for key, value in found.items() if key != "question"}
    keys = ", ".join(map(shown, found))[:200]
    return f"no verifier is known by the keys {keys}: name it, as in {{'verifier': 'math', …}}"


def has_rule(ground_truth: Mapping[str, Any]) -> bool:
    """Whether a mapping names a verifier, or is known by its keys."""
    known = (keys for shapes in _SHAPES.values() for keys in shapes)
    return "verifier" in ground_truth or any(all(key in ground_truth for key in keys) for keys in known)


def as_mapping(ground_truth: Any) -> Mapping[str, Any] | str | None:
    """The mapping that it is, or whose JSON text it is; a sentence where that text is JSON too large to be read.

    >>> as_mapping(' {"numbers": [2]}'), as_mapping("{1, 2}"), as_mapping("{}")  # sets are mathematics
    ({'numbers': [2]}, None, None)
    """
    if isinstance(ground_truth, Mapping):
        return ground_truth
    text = ground_truth.lstrip("\ufeff \t\r\n") if isinstance(ground_truth, str) else ""
    if not text.startswith("{"):
        return None
    try:
        return json.loads(text) or None
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError) as error:  # numbers of too many digits, nested too deep
        return f"the ground truth is JSON that cannot be read: {error}"
