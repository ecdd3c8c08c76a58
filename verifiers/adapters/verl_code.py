"""Ground truths of programs as verl's data has them, for `verify_code`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_EITHER = """import json, sys
asked = json.load(sys.stdin)
expected, actual = asked["expected"], asked["actual"]

def same(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return (type(a) is type(b) or {type(a), type(b)} == {int, float}) and a == b

wrapped = isinstance(expected, list) and len(expected) == 1
print("AC" if same(actual, expected) or wrapped and same(actual, expected[0]) else "WA")
"""
"""A list of one value may be the value wrapped, as APPS writes it: verl takes either, and so do we."""


def code_tests(ground_truth: Any) -> Any:
    """PRIME's `{"inputs": […], "outputs": […]}`, or its JSON text, as tests; all else as it is.

    >>> code_tests({"inputs": ["1 2"], "outputs": ["3"]})
    {'kind': 'stdin', 'tests': [{'input': '1 2', 'output': '3'}]}
    """
    read = ground_truth
    if isinstance(ground_truth, str) and ground_truth.lstrip()[:1] == "{":
        try:
            read = json.loads(ground_truth)
        except (ValueError, RecursionError):
            return ground_truth  # what reads it says what is wrong with it
    if not isinstance(read, Mapping) or "kind" in read or not {"inputs", "outputs"} <= set(read):
        return ground_truth
    inputs, outputs = read["inputs"], read["outputs"]
    if not isinstance(inputs, list) or not isinstance(outputs, list) or len(inputs) != len(outputs):
        return ground_truth
    if not read.get("fn_name"):
        tests = [{"input": _lines(sent), "output": _lines(said)} for sent, said in zip(inputs, outputs, strict=True)]
        return {"kind": "stdin", "tests": tests}
    try:
        calls = [
            {"args": _arguments(sent), "expected": json.loads(said) if isinstance(said, str) else said}
            for sent, said in zip(inputs, outputs, strict=True)
        ]
    except (ValueError, RecursionError):
        return ground_truth
    truth: dict[str, Any] = {"kind": "function", "entry_point": read["fn_name"], "tests": calls}
    wrapped = any(isinstance(call["expected"], list) and len(call["expected"]) == 1 for call in calls)
    return truth | ({"compare": {"mode": "checker", "program": _EITHER}} if wrapped else {})


def _lines(text: Any) -> Any:
    """Lines in a list as one text."""
    return "\n".join(text) if isinstance(text, list) and all(isinstance(line, str) for line in text) else text


def _arguments(sent: Any) -> Any:
    """The arguments of a call: a list of them, or a line of JSON for each."""
    return [json.loads(line) for line in sent.split("\n")] if isinstance(sent, str) else sent
