"""What each parameter of a reward function is for, told by its name."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

COMPLETION = """completion completion_text response model_response resp output model_output generated generated_text
    generation prediction pred text solution_str predict_str candidate""".split()
TRUTH = """ground_truth answer solution label target gold reference truth expected gt gold_answer correct_answer
    ref_answer reference_answer verification_info""".split()
PROMPT = "prompt question query problem instruction".split()
COMPLETIONS = ["completions", "responses", "outputs", "solution_strs", "generations", "predictions"]
TRUTHS = [*(f"{name}s" for name in TRUTH), "golds", "gts"]
PROMPTS = ["prompts", "questions", "problems", "instructions"]
COLUMNS = ["answer", "solution", "ground_truth", "label", "target"]
"""What a function with **columns finds its ground truth under."""
PIECES = {"nums": "numbers", "numbers": "numbers", "target": "target", "tests": "tests", "test_cases": "tests"}
"""Parameters that take one piece of a ground truth which is a mapping."""
OTHERS = {
    **dict.fromkeys(["extra_info", "extra", "metadata", "info"], "mapping"),
    **dict.fromkeys(["data_source", "data_sources", "extra_infos"], "source"),
    **dict.fromkeys(["completion_ids", "prompt_ids", "input_ids"], "ids"),
    **dict.fromkeys(["trainer_state", "state"], "none"),
    **dict.fromkeys(["log_extra", "log_metric"], "ignore"),
}


class NotUnderstood(TypeError):
    """It cannot be told how to call the function; the message names the parameter and says what to pass."""


@dataclass(frozen=True)
class Plan:
    """How a reward function is called."""

    stack: str
    """Whose way of calling it is."""
    roles: tuple[tuple[str, str, bool], ...] = ()
    """Parameter, role, and whether it goes by position."""
    batch: int | None = None
    """Completions a call; None for one that comes without a list, 0 for any number."""
    open: bool = False
    """It takes **columns."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Values that the caller fixed."""
    kind: str = "math"


def understand(fn: Callable[..., Any], kind: str, columns: Mapping[str, Any]) -> Plan:
    """The plan for a function, or NotUnderstood.

    >>> understand(lambda data_source, solution_str, ground_truth, extra_info=None: 0.0, "math", {}).stack
    'verl'
    """
    name = getattr(fn, "__name__", type(fn).__name__)
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError) as error:
        raise NotUnderstood(f"{name} has no signature to read ({error}): pass call=…") from error
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    names = [p.name for p in named]
    is_open = any(p.kind is p.VAR_KEYWORD for p in parameters)
    stack, batch = _stack(names)
    roles = []
    for at, parameter in enumerate(named):
        role = "fixed" if parameter.name in columns else _role(parameter.name, at, names, batch)
        if role is None:
            if parameter.default is not parameter.empty:
                continue
            raise NotUnderstood(_not_understood(name, parameter.name, batch))
        if role in ("mapping", "source", "ids", "none", "ignore") and parameter.default is not parameter.empty:
            continue
        roles.append((parameter.name, role, parameter.kind is parameter.POSITIONAL_ONLY))
    given = [role for _, role, _ in roles]
    if not {"completion", "query"} & set(given):
        shown = names[0] if names else "()"
        raise NotUnderstood(
            f"none of the parameters of {name} takes the completion ({shown!r} is not understood): "
            "name one of them completion, completions or solution_str, or pass call=lambda fn, completion, truth: …"
        )
    lacks = kind not in ("format", "language") and not is_open and not {"truth", "piece"} & set(given)
    if lacks:
        raise NotUnderstood(
            f"none of the parameters of {name} takes the ground truth: {', '.join(names)}: "
            "name one of them ground_truth, answer or solution, or pass call=lambda fn, completion, truth: …"
        )
    return Plan(stack, tuple(roles), batch, is_open, dict(columns), kind)


def _stack(names: list[str]) -> tuple[str, int | None]:
    """Whose signature it is, and how many completions go into a call."""
    if "queries" in names:
        return "OpenRLHF", 1
    if "completions" in names and "prompt" in names:
        return "AReaL", None
    if "solution_strs" in names:
        return "verl, batched", 0
    if set(COMPLETIONS) & set(names):
        return "TRL", 0
    if "solution_str" in names:
        return "verl", None
    return "plain", None


def _role(name: str, at: int, names: list[str], batch: int | None) -> str | None:
    if name in OTHERS:
        return OTHERS[name]
    if batch is None:
        if name in COMPLETION or (name == "completions" and "prompt" in names):
            return "completion"
        if at == 0 and name == "answer" and set(names[1:]) & set(TRUTH):
            return "completion"
        if name in PIECES and {"nums", "numbers", "tests"} & set(names):
            return "piece"
        return "truth" if name in TRUTH else "prompt" if name in PROMPT else None
    if name == "queries":
        return "query"
    if name in COMPLETIONS:
        return "completion"
    if name in PIECES and {"nums", "numbers", "tests", "test_cases"} & set(names):
        return "piece"
    if name in TRUTHS or name in TRUTH:
        return "truth"
    return "prompt" if name in PROMPTS or name in PROMPT else None


def _not_understood(function: str, name: str, batch: int | None) -> str:
    known = [*TRUTH, *PROMPT, *OTHERS, *(COMPLETIONS if batch is not None else COMPLETION)]
    near = difflib.get_close_matches(name, known, 1, 0.6)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return (
        f"the parameter {name!r} of {function} is not understood{hint}: "
        f"fix it with columns={{{name!r}: …}}, or pass call=lambda fn, completion, ground_truth: …"
    )
