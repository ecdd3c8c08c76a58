"""Why a program got its verdict: what was found, what each test asked and got, which test decided."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import Any

from sandbox import Program, Status

from .asserts import Assertion
from .boxes import shared_sandbox
from .ground_truth import BadGroundTruth, GroundTruth, SandboxFailed, read_ground_truth
from .judge import verify_code
from .program import find_program
from .runs import Judged, Plan, plan, said

_LONGEST = 200


def explain(text: str, ground_truth: str) -> list[tuple[str, str]]:
    """Lines of a name and what there is to say of it; the text is a completion or a bare program.

    >>> truth = '{"kind": "function", "entry_point": "f", "tests": [{"args": [1], "expected": 2}]}'
    >>> dict(explain("def f(n): return n", truth))["decided by"]
    'test 1 of 1: WA, returned 1, not 2'
    """
    found = find_program(text)
    origin = "the completion"
    if found.source is None:
        origin = f"taken as a bare program: {found.note}"
        text = f"~~~~~~~~~~\n{text}\n~~~~~~~~~~"
        found = find_program(text)
    verdict = verify_code(text, ground_truth)
    score = "None" if verdict.score is None else f"{verdict.score:g}"
    lines = [("program from", origin)]
    if found.source is not None:
        lines.append(("program", found.source.rstrip("\n")))
        lines += _tests(found.source, found.language, ground_truth)
    lines.append(("decided by", verdict.note or "every test was passed"))
    return [*lines, ("verdict", f"{verdict.reason}, score {score}")]


def _tests(source: str, language: str, ground_truth: str) -> list[tuple[str, str]]:
    """What is run, and how each test went: all of them, where the verdict needs only the first that fails."""
    try:
        truth = read_ground_truth(ground_truth)
        planned = plan(truth)
    except BadGroundTruth:  # which decides, and is said there
        return []
    program = Program(source, truth.language or language)
    tests: list[Judged] = []
    # What is suppressed decides, and is said there too.
    with suppress(BadGroundTruth, SandboxFailed), closing(planned.run(shared_sandbox(), program)) as judged:
        for test in judged:
            tests.append(test)
            if test.status == "CE":
                break
    limits = ", ".join(f"{name} {value:g}" for name, value in vars(truth.limits).items())
    passed = sum(test.status == "AC" for test in tests)
    return [
        ("language", program.language),
        ("kind", truth.kind if truth.kind == "assert" else f"{truth.kind}, compared by {truth.compare.mode}"),
        ("limits", limits),
        *((f"test {i}", _told(test, truth, planned, i)) for i, test in enumerate(tests, 1)),
        ("passed", f"{passed} of {len(planned.tests)}"),
    ]


def _told(test: Judged, truth: GroundTruth, planned: Plan, number: int) -> str:
    cpu_s = sum(execution.cpu_s for execution in test.executions)
    lines = [f"{test.status}, {cpu_s:.3f} s of CPU time" + (f": {test.note}" if test.note else "")]
    asked = planned.tests[number - 1]
    last = test.executions[-1] if test.executions else None
    if isinstance(asked, str):
        lines.append(f"test code, run apart; calls of the program: {len(test.executions)}")
        return "\n".join(lines)
    if isinstance(asked, Assertion):
        lines.append(f"asked     {said(asked)}")
    else:
        lines += [f"given     {_shown(asked[0])}", f"expected  {_shown(asked[1])}"]
    if last and truth.kind == "stdin":
        lines.append(f"printed   {_shown(last.stdout.decode(errors='replace'))}")
    elif last and last.status is Status.OK:
        lines.append(f"returned  {_shown(last.value)}")
    if last and last.stderr.strip():
        lines.append(f"stderr    {last.stderr.decode(errors='replace').strip().splitlines()[-1][:_LONGEST]}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"
