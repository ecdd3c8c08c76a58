"""How the tests of each kind are run: one judged test after another, lazily, so that whoever has seen enough stops."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import Execution, Program, Sandbox, Status
from sandbox.values import Refused

from .asserts import Assertion, read_asserts
from .calls import call_each
from .checker import checker_accepts, need_good_checker
from .ground_truth import BadGroundTruth, Compare, GroundTruth, SandboxFailed, shown
from .names import Names, undefined_names, unmet
from .output import EXACT_MODES, same_floats
from .relay import relay
from .values import json_fault, same, same_unordered


@dataclass(frozen=True)
class Judged:
    """One test: its status, the executions that it took, and a word on what went wrong."""

    status: str
    executions: list[Execution]
    note: str = ""


_RETURNED = ("Refused: ", "returned ")
"""How the sandbox's note begins where a function did return, but nothing that could be sent, such as a generator."""
_LONGEST_ASSERTION = 200
Judgements = Generator[Judged, None, None]


@dataclass(frozen=True)
class Plan:
    """The tests, and what runs them."""

    tests: Sequence[tuple[Any, Any] | Assertion | str]
    """What is given with what is expected, assertions, or test code that is one test."""
    run: Callable[[Sandbox, Program], Judgements] = field(repr=False)


def plan(truth: GroundTruth) -> Plan:
    """What is to be run; BadGroundTruth where test code cannot be."""
    if truth.kind == "stdin":
        return Plan(truth.tests, functools.partial(_run_stdin, truth))
    if truth.kind == "function":
        return Plan(truth.tests, functools.partial(_run_function, truth))
    entry_point, assertions, names = _read_test_code(truth.test, truth.setup, truth.entry_point)
    if assertions is not None:
        return Plan(assertions, functools.partial(_run_assertions, truth, entry_point, assertions))
    return Plan([truth.test], functools.partial(_run_test_code, truth, entry_point, names))


@functools.lru_cache(maxsize=256)  # the rollouts of a group share their task
def _read_test_code(test: str, setup: str, entry_point: str) -> tuple[str, list[Assertion] | None, Names]:
    """The entry point, the assertions where all could be read, and what the code uses without defining it."""
    try:
        for text in (setup, test):
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadGroundTruth(f"the test code is not Python: {error}") from None
    names = undefined_names(test, setup)
    if not entry_point:
        if len(names.functions) != 1:
            found = ", ".join(names.functions) or "none"
            raise BadGroundTruth(f"name the function under test under 'entry_point': the test code calls {found}")
        entry_point = names.functions[0]
    assertions = read_asserts(test, entry_point)
    if assertions is None and (fault := unmet(test, names, entry_point)):
        raise BadGroundTruth(f"{fault}: it and the program are in boxes of their own")
    return entry_point, assertions, names


def _run_stdin(truth: GroundTruth, box: Sandbox, program: Program) -> Judgements:
    if truth.compare.checker:
        need_good_checker(box, truth.compare.checker, truth.tests)
    inputs = (sent.encode() for sent, _ in truth.tests)
    executions: Iterator[Execution]
    if truth.compare.checker:  # one box at a time: the checker runs between two tests
        executions = (box.run(program, stdin=sent, limits=truth.limits) for sent in inputs)
    else:
        executions = iter(box.run_each(program, inputs, limits=truth.limits))
    for (sent, expected), execution in _paired(truth.tests, executions):
        accepted = execution.status is Status.OK and _prints(box, truth.compare, sent, expected, execution.stdout)
        yield _judged(execution, accepted)


def _prints(box: Sandbox, compare: Compare, sent: str, expected: str, stdout: bytes) -> bool:
    if compare.checker:
        return checker_accepts(box, compare.checker, sent, expected, stdout.decode(errors="replace"))
    if compare.mode == "float":
        return same_floats(stdout, expected.encode(), compare.absolute, compare.relative)
    return EXACT_MODES[compare.mode](stdout, expected.encode())


def _run_function(truth: GroundTruth, box: Sandbox, program: Program) -> Judgements:
    if truth.compare.checker:
        need_good_checker(box, truth.compare.checker, truth.tests)
    executions = _calls(truth, [args for args, _ in truth.tests], box, program)
    for (args, expected), execution in _paired(truth.tests, executions):
        if execution.status is not Status.OK:
            yield _judged(execution, False)
            continue
        fault = json_fault(execution.value)
        accepted = not fault and _returns(box, truth.compare, args, expected, execution.value)
        wrong = "" if accepted else f"returned {fault or shown(execution.value)}, not {shown(expected)}"
        yield _judged(execution, accepted, wrong)


def _returns(box: Sandbox, compare: Compare, args: Any, expected: Any, value: Any) -> bool:
    if compare.checker:
        return checker_accepts(box, compare.checker, args, expected, value)
    if compare.mode == "unordered":
        return same_unordered(value, expected)
    return same(value, expected, compare.absolute, compare.relative)


def _run_assertions(
    truth: GroundTruth, entry_point: str, assertions: list[Assertion], box: Sandbox, program: Program
) -> Judgements:
    executions = call_each(box, program, entry_point, [assertion.call for assertion in assertions], truth.limits)
    for assertion, execution in _paired(assertions, executions):
        accepted = execution.status is Status.OK and assertion.holds(execution.value)
        wrong = "" if accepted else f"returned {shown(execution.value)}: {said(assertion)} does not hold"
        yield _judged(execution, accepted, wrong)


def said(assertion: Assertion) -> str:
    """The beginning of the assertion, in other spacing than its author's."""
    return f"assert {ast.unparse(assertion.test)}"[:_LONGEST_ASSERTION]


def _run_test_code(truth: GroundTruth, entry_point: str, names: Names, box: Sandbox, program: Program) -> Judgements:
    relayed = relay(box, program, truth, entry_point, names)
    if relayed.status == "FAILED":
        raise SandboxFailed(relayed.note)
    yield Judged(relayed.status, relayed.executions, relayed.note)


def _calls(truth: GroundTruth, calls: list[Any], box: Sandbox, program: Program) -> Iterator[Execution]:
    if not truth.compare.checker:
        return box.call_each(program, truth.entry_point, calls, limits=truth.limits)
    each = (box.call_each(program, truth.entry_point, [args], limits=truth.limits) for args in calls)
    return (execution for executions in each for execution in executions)


def _paired(tests: Any, executions: Iterator[Execution]) -> Iterator[tuple[Any, Execution]]:
    """Each test with its execution; closing this closes the executions, so that no more are run."""
    try:
        for test in tests:
            try:
                execution = next(executions, None)
            except Refused as error:
                raise BadGroundTruth(f"a test cannot be sent to the program: {error}") from None
            if execution is None:
                raise SandboxFailed("the sandbox ended before the last test")
            yield test, execution
    finally:
        close = getattr(executions, "close", None)
        if close:
            close()


def _judged(execution: Execution, accepted: bool, wrong: str = "") -> Judged:
    if execution.status is Status.FAILED:
        raise SandboxFailed(execution.note)
    if execution.status is not Status.OK:
        returned = execution.status is Status.RE and execution.note.startswith(_RETURNED)
        return Judged("WA" if returned else str(execution.status), [execution], execution.note)
    return Judged("AC" if accepted else "WA", [execution], wrong)
