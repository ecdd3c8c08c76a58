"""Any task of reasoning-gym as a verifier: our extraction, the dataset's own scorer in a process that can be killed."""

from __future__ import annotations

import contextlib
import copy
import difflib
import functools
import json
import math
import os
import re
import signal
from collections.abc import Mapping
from typing import Any

from .extract import extract_answer
from .mapping import read_mapping, unknown_key
from .types import Reason, Verdict, need_text
from .worker import (
    CallFailed,
    CallTimeout,
    NotSendable,
    Worker,
    WorkerFailed,
    borrow,
    give_back,
    pack,
    refuse_while_loading,
)

CPU_S = 10
WALL_S = 180.0
"""With the import of reasoning_gym, which takes seconds of its own."""
MEMORY_MB = 4096
MAX_CHARS = 20_000
_KEYS = ("dataset", "entry", "config")
_FENCE = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_TUPLES = ("arc_agi", "rearc")
"""Their boards are tuples, of which JSON makes lists."""


def verify_reasoning_gym(completion: str, ground_truth: object, *, partial: bool = False) -> Verdict:
    """Score 1 for the full score of the dataset's own `score_answer`; partial=True gives its number, from 0 to 1.

    The ground truth is a mapping or its JSON text: dataset (its name), entry (what the dataset generated), and
    optionally config, where the dataset was not made with its defaults. Needs r1-verifiers[reasoning-gym].
    """
    completion = need_text(completion, "verify_reasoning_gym")
    task = _task(ground_truth)
    if isinstance(task, str):
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=task)
    found = extract_answer(completion)
    answer = found.answer
    if answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    if len(answer) > MAX_CHARS:
        return Verdict(0.0, Reason.WRONG, answer, f"the answer has {len(answer)} characters, more than {MAX_CHARS}")
    fenced = _FENCE.fullmatch(answer)
    verdict = _ask(task, fenced[1] if fenced else answer)
    score = verdict.score
    if not partial and score is not None and 0 < score < 1:
        score = 0.0
    return Verdict(score, verdict.reason, answer, verdict.note, verdict.details)


def _task(ground_truth: object) -> tuple[str, Mapping[str, Any], str] | str:
    """The dataset's name, the entry and the configuration, or a sentence that says what is wrong with them."""
    found = read_mapping(ground_truth, "with dataset and entry")
    if isinstance(found, str):
        return found
    if fault := unknown_key(found, _KEYS):
        return fault
    name, entry, config = found.get("dataset"), found.get("entry"), found.get("config", {})
    if not isinstance(name, str):
        return "the ground truth has no name of a dataset under 'dataset'"
    if not isinstance(entry, Mapping) or "answer" not in entry or not isinstance(entry.get("metadata", {}), Mapping):
        return "the ground truth has no entry with an answer and metadata under 'entry'"
    if name == "composite":  # its entries are those of other datasets, and say which
        name = str(entry.get("metadata", {}).get("source_dataset"))
    try:
        return name, dict(entry), json.dumps(config if isinstance(config, Mapping) else None, sort_keys=True)
    except (TypeError, ValueError, RecursionError) as error:
        return f"config cannot be written as JSON: {error}"


def _ask(task: tuple[str, Mapping[str, Any], str], answer: str) -> Verdict:
    """The worker's opinion as a verdict."""
    name, entry, config = task
    details: dict[str, Any] = {"dataset": name}
    worker: Worker | None = None
    try:
        refuse_while_loading()
        worker = borrow()
        kind, score, note = worker.call(pack(score_in_worker), (name, entry, config, answer), WALL_S)
    except CallTimeout:
        return Verdict(None, Reason.UNDECIDED, answer, f"{name} had no score after {WALL_S:g} s", details)
    except (NotSendable, CallFailed) as error:
        return Verdict(None, Reason.VERIFIER_FAILED, answer, f"{name}: {error}", details)
    except WorkerFailed as error:
        if error.status == -signal.SIGXCPU:
            return _used_up(task, answer)
        reason = Reason.UNDECIDED if error.status == -signal.SIGKILL else Reason.VERIFIER_FAILED
        return Verdict(None, reason, answer, f"{name}: {error}", details)
    finally:
        if worker is not None:
            give_back(worker)
    return Verdict(score, Reason(kind), answer, note, {**details, "score": score})


def _used_up(task: tuple[str, Mapping[str, Any], str], answer: str) -> Verdict:
    """Where the scorer reads the entry's answer in time, the time is this one's doing, and None a way out of a 0."""
    name, entry, _ = task
    control = _own(entry)
    said = f"the scorer of {name} used up {CPU_S} s of CPU time"
    if answer == control or _ask(task, control).score is None:
        return Verdict(None, Reason.UNDECIDED, answer, said, {"dataset": name})
    return Verdict(0.0, Reason.WRONG, answer, f"{said}, which no honest answer needs", {"dataset": name})


def _own(entry: Mapping[str, Any]) -> str:
    """The answer that the entry brings, or an empty text."""
    own = entry["answer"]
    return own if isinstance(own, str) else ""


def score_in_worker(name: str, entry: dict[str, Any], config: str, answer: str) -> tuple[str, float | None, str]:
    """Runs in the worker: a reason, a score and a note."""
    from .gym_guards import safe, sound, strict
    from .limited import limited

    made = _dataset(name, config)
    if isinstance(made, str):
        return str(Reason.BAD_GROUND_TRUTH), None, made
    metadata, own = entry.get("metadata", {}), _own(entry)
    if name in _TUPLES and isinstance(metadata.get("output"), list):
        entry["metadata"] = {**metadata, "output": tuple(map(tuple, metadata["output"]))}
    if isinstance(entry["answer"], str) and not own.strip():
        return str(Reason.BAD_GROUND_TRUTH), None, f"the entry's answer is blank, which no answer to {name} can be"
    if not sound(name, entry):
        return str(Reason.BAD_GROUND_TRUTH), None, f"the scorer of {name} would run this entry as a program"
    # A scorer may print.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), limited(CPU_S, MEMORY_MB):
        if not safe(name, answer):
            return str(Reason.WRONG), 0.0, f"the scorer of {name} would run this answer as a program"
        score, fault = _scored(made, answer, entry)
        full = score is not None and score >= 1 - 1e-9
        if score == 1 and _passes(strict, name, answer, entry):
            return str(Reason.CORRECT), 1.0, ""
        # Only a scorer that accepts its own answer, or at least reads one, tells a wrong answer from a broken entry.
        own = own if safe(name, own) else ""  # an `Integral` that the dataset itself leaves as it is
        control, broken = _scored(made, own, entry)
        if control is None:
            return str(Reason.VERIFIER_FAILED), None, f"the scorer of {name} fails on its own answer: {broken}"
        if own and not (control == 1 and _passes(strict, name, own, entry)):
            return str(Reason.BAD_GROUND_TRUTH), None, f"{name} refuses the entry's own answer: the entry is not whole"
    if score is None:
        return str(Reason.WRONG), 0.0, f"the scorer of {name} fails on this answer: {fault}"
    if full:
        return str(Reason.WRONG), 0.0, f"{name} gives it the full score, but it is more than the answer, or another"
    return str(Reason.WRONG), score, ""


def _passes(guard: Any, name: str, answer: str, entry: Mapping[str, Any]) -> bool:
    try:
        return bool(guard(name, answer, entry))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):  # of no such shape
        return False


def _scored(made: Any, answer: str, entry: dict[str, Any]) -> tuple[float | None, str]:
    """The scorer's number, from 0 up, or None and what it raised."""
    try:
        score = float(made.score_answer(answer, copy.deepcopy(entry)))
    except Exception as error:  # another's code: anything may come
        return None, f"{type(error).__name__}: {error}"[:200]
    if math.isnan(score):
        return None, "it says nan"
    return max(0.0, score), ""


@functools.lru_cache(maxsize=256)
def _dataset(name: str, config: str) -> Any:
    """The dataset, or a sentence that says why there is none."""
    from reasoning_gym.factory import DATASETS, create_dataset

    if name not in DATASETS:
        near = difflib.get_close_matches(name[:40], list(DATASETS), 1, 0)
        return f"reasoning-gym has no dataset {name[:40]!r}: did you mean {near[0]!r}?"
    options = json.loads(config)
    if not isinstance(options, dict):
        return f"the config of {name} is not a mapping"
    try:
        return create_dataset(name, **options)
    except (TypeError, ValueError, AssertionError) as error:
        return f"{name} cannot be made with this config: {error}"
