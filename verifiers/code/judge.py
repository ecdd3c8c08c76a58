"""Does the program of a completion pass the tests? Expected values and comparison stay here, outside every box."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sandbox import Program, Sandbox

from ..types import Reason, Verdict, need_text
from .boxes import shared_sandbox
from .ground_truth import BadGroundTruth, SandboxFailed, read_ground_truth
from .program import find_program
from .runs import Judged, Plan, plan

_REASONS = {
    "AC": Reason.CORRECT,
    "WA": Reason.WRONG,
    "RE": Reason.RUNTIME_ERROR,
    "CE": Reason.COMPILE_ERROR,
    "TLE": Reason.TIME_LIMIT,
    "MLE": Reason.MEMORY_LIMIT,
    "OLE": Reason.OUTPUT_LIMIT,
}
_SHOWN_BYTES = 2_000


def verify_code(
    completion: str, ground_truth: object, *, sandbox: Sandbox | None = None, partial: bool = False
) -> Verdict:
    """Score 1 for a program that passes every test of the ground truth, a mapping or its JSON text.

    Its kinds are stdin, function and assert (verifiers/code/README.md). Without a sandbox the process's own is used;
    one that fails is SANDBOX_FAILED, score None. With partial=True every test is run, and the score is the fraction
    passed; else the first failure ends it. details["tests"] has each test's status, cpu_s and wall_s (seconds),
    memory_mb (MiB) and output.
    """
    completion = need_text(completion, "verify_code")
    try:
        truth = read_ground_truth(ground_truth)
        planned = plan(truth)
    except BadGroundTruth as error:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=str(error))
    found = find_program(completion)
    if found.source is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    try:
        found.source.encode()
    except UnicodeEncodeError as error:
        return Verdict(0.0, Reason.COMPILE_ERROR, answer=found.source, note=f"the program is no text: {error.reason}")
    program = Program(found.source, truth.language or found.language)
    tests: list[Judged] = []
    try:
        _run(planned, sandbox or shared_sandbox(), program, partial, tests)
    except BadGroundTruth as error:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, found.source, str(error), _details(tests))
    except SandboxFailed as error:
        return Verdict(None, Reason.SANDBOX_FAILED, found.source, str(error), _details(tests))
    passed = sum(test.status == "AC" for test in tests)
    count = len(planned.tests)
    if passed == count:
        return Verdict(1.0, Reason.CORRECT, found.source, "", _details(tests))
    number, first = next((i, test) for i, test in enumerate(tests, 1) if test.status != "AC")
    note = f"test {number} of {count}: {first.status}" + (f", {first.note}" if first.note else "")
    score = passed / count if partial else 0.0
    return Verdict(score, _REASONS[first.status], found.source, note, _details(tests))


def _run(planned: Plan, box: Sandbox, program: Program, partial: bool, tests: list[Judged]) -> None:
    """Add what each test came to, as far as it matters for the score."""
    with closing(planned.run(box, program)) as judged:
        for test in judged:
            tests.append(test)
            if test.status == "CE" or (test.status != "AC" and not partial):
                return


def _details(tests: list[Judged]) -> dict[str, Any]:
    return {"tests": [_detail(test) for test in tests]}


def _detail(test: Judged) -> dict[str, Any]:
    last = test.executions[-1] if test.executions else None
    return {
        "status": test.status,
        "cpu_s": sum(execution.cpu_s for execution in test.executions),
        "wall_s": sum(execution.wall_s for execution in test.executions),
        "memory_mb": max((execution.memory_mb for execution in test.executions), default=0.0),
        "stdout": last.stdout[:_SHOWN_BYTES].decode(errors="replace") if last else "",
        "stderr": last.stderr[-_SHOWN_BYTES:].decode(errors="replace") if last else "",
        "note": test.note,
    }
