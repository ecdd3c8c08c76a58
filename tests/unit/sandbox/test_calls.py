"""Calls of a program's function: values in and out, and what one call costs the next."""

from __future__ import annotations

import pytest

from sandbox import Limits, Program, Sandbox, Status
from sandbox.values import Refused

CALM = Limits(wall_s=60)


def call(box: Sandbox, source: str, *arguments: object, entry_point: str = "f", limits: Limits = CALM):
    return list(box.call_each(Program(source), entry_point, [[a] for a in arguments], limits=limits))


def test_values_of_every_plain_type_come_back(box):
    values = [
        None,
        True,
        -(10**40),
        0.1,
        float("inf"),
        "é\ud800",
        b"\0",
        [1, (2, {3})],
        {(1, 2): frozenset([4])},
        2 - 1j,
    ]
    assert [e.value for e in call(box, "def f(x): return x", *values)] == values


def test_a_method_of_a_solution_counts_and_typing_is_there(box):
    source = "class Solution:\n    def f(self, x: List[int]) -> Optional[Dict[str, int]]: return sum(x)"
    assert [e.value for e in call(box, source, [1, 2], [3])] == [3, 3]


def test_the_program_is_loaded_once_a_process_and_not_as_main(box):
    source = "print('loaded', __name__)\nn = 0\ndef f(x):\n    global n\n    n += 1\n    print(x)\n    return n"
    executions = call(box, source, "a", "b")
    assert [e.value for e in executions] == [1, 2]
    assert [e.stdout for e in executions] == [b"loaded solution\na\n", b"b\n"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("while True: pass", Status.TLE),
        ("import time; time.sleep(60)", Status.TLE),
        ("exit(0)", Status.RE),
        ("import os; os._exit(0)", Status.RE),
        ("import os; os.kill(os.getpid(), 9)", Status.RE),
        ("1 / 0", Status.RE),
        ("raise MemoryError", Status.MLE),
        ("while True: print('x' * 1000)", Status.OLE),
        ("return [0] * 10_000_000", Status.OLE),
        ("return object()", Status.RE),
        ("import os; os.close(3); return 1", Status.RE),
        ("import time\n        while True: print(1, flush=True); time.sleep(.01)", Status.TLE),
        ("import os; os.close(3); import time; time.sleep(60)", Status.TLE),
        ("import os; os.write(3, b'\\xff' * 8); import time; time.sleep(60)", Status.OLE),
        ("import os; os.write(3, b'\\1\\0\\0\\0?'); return 1", Status.RE),
    ],
)
def test_a_call_that_goes_wrong_costs_itself_only(box, body, status):
    source = f"def f(x):\n    if x == 1:\n        {body}\n    return x"
    executions = call(box, source, 0, 1, 2, limits=Limits(cpu_s=0.5, wall_s=2))
    assert [e.status for e in executions] in ([Status.OK, status, Status.OK], [Status.OK, status, Status.RE]), (
        executions
    )
    if "os.write(3, b'\\1" not in body:
        assert [e.value for e in executions] == [0, None, 2]


def test_an_object_that_is_equal_to_everything_is_what_its_base_holds(box):
    source = (
        "class A(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\ndef f(x): return A(x)"
    )
    [execution] = call(box, source, 1)
    assert (execution.status, type(execution.value), execution.value) == (Status.OK, int, 1)


def test_a_missing_function_is_a_runtime_error(box):
    [execution] = call(box, "def g(x): return 1", 1)
    assert (execution.status, execution.value) == (Status.RE, None)
    assert "no function f" in execution.note


def test_a_program_that_does_not_compile_or_load_fails_every_call(box):
    assert [e.status for e in call(box, "def f(x) return 1", 1, 2)] == [Status.CE, Status.CE]
    assert [e.status for e in call(box, "1 / 0", 1, 2)] == [Status.RE, Status.RE]


def test_arguments_are_asked_for_one_at_a_time(box):
    asked = []

    def calls():
        for i in range(3):
            asked.append(i)
            yield [i]

    executions = box.call_each(Program("def f(x): return x"), "f", calls(), limits=CALM)
    for i in range(2):
        assert next(executions).value == i
        assert asked == list(range(i + 1))
    executions.close()
    assert asked == [0, 1]


def test_other_work_may_be_done_between_two_calls(box):
    executions = box.call_each(Program("def f(x): return x"), "f", [[1], [2]], limits=CALM)
    assert next(executions).value == 1
    assert box.run(Program("print(3)"), limits=CALM).stdout == b"3\n"
    assert next(executions).value == 2


def test_time_between_calls_does_not_count(box):
    import time

    executions = box.call_each(Program("def f(x): return x"), "f", [[1], [2]], limits=Limits(wall_s=0.5))
    assert next(executions).value == 1
    time.sleep(0.8)
    assert next(executions).value == 2


def test_arguments_that_are_no_values_are_the_callers_mistake(box):
    with pytest.raises(Refused, match="object is no plain value"):
        call(box, "def f(x): return x", object())


def test_functions_of_other_languages_are_not_called(box):
    with pytest.raises(ValueError, match="only those of 'python'"):
        list(box.call_each(Program("int f();", "cpp"), "f", [[1]]))


def test_what_quick_calls_use_is_not_charged_to_the_slow_one_after_them(box):
    source = "import time\ndef f(s):\n    end = time.process_time() + s\n    while time.process_time() < end: pass"
    calls = list(box.call_each(Program(source), "f", [[0.001]] * 300 + [[0.2]], limits=Limits(cpu_s=0.4)))
    assert all(call.status is Status.OK for call in calls)
    assert 0.19 <= calls[-1].cpu_s < 0.3  # what quick calls are said to have used is a little too much
    assert sum(call.cpu_s for call in calls) >= 0.49


def test_a_method_counts_for_more_than_an_imported_function_of_its_name(box):
    source = "from heapq import *\nclass Solution:\n    def merge(self, x: Literal['a']): return 'mine'\n"
    assert [e.value for e in call(box, source, [1], entry_point="merge")] == ["mine"]
    own = source + "def merge(x): return 'own'"
    assert [e.value for e in call(box, own, [1], entry_point="merge")] == ["own"]


def test_a_standard_output_that_is_closed_or_gone_fails_no_call(box):
    for end in ("sys.stdout = None", "sys.stdout.close()"):
        executions = call(box, f"import sys\ndef f(x):\n    {end}\n    return x", 1)
        assert [(e.status, e.value) for e in executions] == [(Status.OK, 1)]


def test_memory_counts_though_calls_follow_each_other_quickly(box):
    source = "import time\nheld = []\ndef f(x): held.append(b'x' * (x << 20)); time.sleep(0.006)"
    executions = call(box, source, *[5] * 36, limits=Limits(memory_mb=100, wall_s=60))
    assert Status.MLE in [execution.status for execution in executions]


@pytest.mark.parametrize("seconds", [0, 0.003, 0.01, 0.03])
def test_a_peak_over_the_limit_is_mle_however_short_and_for_no_other_call(box, seconds):
    source = f"import time\nheld = b'1' * (120 << 20)\ndef f(x):\n    b = b'2' * (x << 20)\n    time.sleep({seconds})"
    sizes = [1, 60, 1, 1, 60, 60, 1]
    executions = list(box.call_each(Program(source), "f", [[size] for size in sizes], limits=Limits(memory_mb=160)))
    wanted = [Status.MLE if size == 60 else Status.OK for size in sizes]
    assert [execution.status for execution in executions] == wanted, executions
