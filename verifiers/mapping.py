"""A ground truth that is a mapping, or the JSON text of one."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def read_mapping(ground_truth: object, contents: str) -> Mapping[Any, Any] | str:
    """The mapping, or a sentence that says what there is instead of one with these contents.

    >>> read_mapping('{"numbers": [2]}', "with numbers"), read_mapping("[]", "with numbers")
    ({'numbers': [2]}, 'the ground truth is list, not a mapping with numbers')
    """
    if isinstance(ground_truth, str):
        try:
            ground_truth = json.loads(ground_truth)
        except (ValueError, RecursionError) as error:
            return f"the ground truth is not JSON: {error}"
    if isinstance(ground_truth, Mapping):
        return ground_truth
    return f"the ground truth is {type(ground_truth).__name__}, not a mapping {contents}"


def unknown_key(ground_truth: Mapping[Any, Any], known: Sequence[str]) -> str:
    """A sentence that names the first key that is not known and the nearest that is, or nothing.

    >>> unknown_key({"answr": "4"}, ["answer", "question"])
    "the ground truth has an unknown key 'answr': did you mean 'answer'?"
    """
    for key in ground_truth:
        if key not in known:
            near = difflib.get_close_matches(shown(key), known, 1, 0)
            return f"the ground truth has an unknown key {shown(key)!r}: did you mean {near[0]!r}?"
    return ""


def plain(value: object) -> Any:
    """A NumPy array or number, as a Parquet file's reader gives it, as a list or number of Python's own."""
    return value.tolist() if type(value).__module__ == "numpy" and hasattr(value, "tolist") else value


def shown(value: object) -> str:
    """The beginning of a value as text; one that has none, is too long to print or nested too deep, by its type.

    >>> shown(10**5000)
    'a int too large to show'
    """
    try:
        return str(value)[:40]
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} too large to show"
    except Exception:  # whatever its own __str__ raises
        return f"a {type(value).__name__} that has no text"
