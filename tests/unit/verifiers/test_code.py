"""What verify_code says of whole completions: honest ones, wrong ones and thieves."""

import json
import os
import pickle
import threading

import pytest

from tests.boxes import judge
from verifiers import Reason
from verifiers.code import boxes

STDIN = {
    "kind": "stdin",
    "tests": [{"input": f"{n}\n", "output": f"{2 * n}\n"} for n in (1, 2, 3)],
    "limits": {"cpu_s": 1, "wall_s": 4},
}
FUNCTION = {
    "kind": "function",
    "entry_point": "f",
    "tests": [{"args": [n], "expected": [n, n + 1]} for n in (1, 2, 3)],
    "limits": {"cpu_s": 1, "wall_s": 4},
}
ASSERT = {
    "kind": "assert",
    "entry_point": "f",
    "test": "def check(c):\n    for n in range(3):\n        assert c(n) == n + 1",
}


def statuses(verdict):
    return [test["status"] for test in verdict.details["tests"]]


@pytest.mark.parametrize(
    ("program", "truth", "seen"),
    [
        ("print(2 * int(input()))", STDIN, ["AC"] * 3),
        ("print(3 * int(input()))", STDIN, ["WA"]),
        ("n = int(input())\nprint(2 * n if n < 3 else 0)", STDIN, ["AC", "AC", "WA"]),
        ("n = int(input())\nprint(2 * n)\n1 / (n - 2)", STDIN, ["AC", "RE"]),
        ("print(2 * int(input()))\nraise SystemExit(1)", STDIN, ["RE"]),
        ("raise SystemExit(0)", STDIN, ["WA"]),
        ("print(2 * int(input())", STDIN, ["CE"]),
        ("while True: pass", STDIN, ["TLE"]),
        ("x = [0] * 10 ** 10", STDIN, ["MLE"]),
        ("while True: print(2 * 10 ** 100)", STDIN, ["OLE"]),
        ("print(2 * int(input()), end='\\n' * 3)", STDIN, ["AC"] * 3),
        ("def f(n): return [n, n + 1]", FUNCTION, ["AC"] * 3),
        ("def f(n): return n, n + 1", FUNCTION, ["AC"] * 3),
        ("class Solution:\n    def f(self, n: int) -> List[int]: return [n, n + 1]", FUNCTION, ["AC"] * 3),
        ("def f(n): return {n, n + 1}", FUNCTION, ["WA"]),
        ("def f(n): return str([n, n + 1])", FUNCTION, ["WA"]),
        ("def f(n): return [n, n + 1][: 3 - n]", FUNCTION, ["AC", "WA"]),
        ("def f(n): return 1 / 0", FUNCTION, ["RE"]),
        ("def f(n): raise SystemExit(0)", FUNCTION, ["RE"]),
        ("def g(n): return [n, n + 1]", FUNCTION, ["RE"]),
        ("def f(n): return [n, n + 1", FUNCTION, ["CE"]),
        ("def f(n):\n    while True: pass", FUNCTION, ["TLE"]),
        ("def f(n): return n + 1", ASSERT, ["AC"]),
        ("def f(n): return n or 1", ASSERT, ["WA"]),
        ("def f(n): return 1 if n == 0 else 1 / 0", ASSERT, ["RE"]),
        ("def f(n):\n    while n: pass\n    return 1", ASSERT | {"limits": {"cpu_s": 1}}, ["TLE"]),
        ("def f(n) return 1", ASSERT, ["CE"]),
    ],
)
def test_statuses_and_where_a_run_ends(program, truth, seen):
    verdict = judge(program, truth)
    assert statuses(verdict) == seen
    assert verdict.score == (seen[-1] == "AC")
    reasons = {
        "AC": Reason.CORRECT, "WA": Reason.WRONG, "RE": Reason.RUNTIME_ERROR, "CE": Reason.COMPILE_ERROR,
        "TLE": Reason.TIME_LIMIT, "MLE": Reason.MEMORY_LIMIT, "OLE": Reason.OUTPUT_LIMIT,
    }  # fmt: skip
    assert verdict.reason is reasons[seen[-1]]
    assert verdict.answer == program + "\n"
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    json.dumps(verdict.details)


@pytest.mark.parametrize(
    ("program", "truth", "score", "seen"),
    [
        ("n = int(input())\nprint(2 * n if n != 2 else 0)", STDIN, 2 / 3, ["AC", "WA", "AC"]),
        ("n = int(input())\nwhile n == 1: pass\nprint(2 * n)", STDIN, 2 / 3, ["TLE", "AC", "AC"]),
        ("def f(n): return [n, n + 1] if n == 3 else n / 0", FUNCTION, 1 / 3, ["RE", "RE", "AC"]),
        ("def f(n):\n    while n == 2: pass\n    return [n, n + 1]", FUNCTION, 2 / 3, ["AC", "TLE", "AC"]),
        ("print(", STDIN, 0, ["CE"]),
        ("def f(n): return [n, n + 1]", FUNCTION, 1, ["AC"] * 3),
    ],
)
def test_partial_credit_is_the_fraction_passed(program, truth, score, seen):
    verdict = judge(program, truth, partial=True)
    assert (verdict.score, statuses(verdict)) == (pytest.approx(score), seen)
    assert verdict.correct == (score == 1)


def test_each_test_has_its_figures():
    [test, *_] = judge("import sys\nprint(2 * int(input()))\nprint('x' * 9000, file=sys.stderr)", STDIN).details[
        "tests"
    ]
    assert test["stdout"] == "2\n"
    assert 0 < len(test["stderr"]) <= 2000
    assert all(isinstance(test[name], float) for name in ("cpu_s", "wall_s", "memory_mb"))


THIEVES = {
    "always equal": "class Y(list):\n    def __eq__(s, o): return True\n    __hash__ = None\ndef f(n): return Y()",
    "an int that is equal to all": "class Y(int):\n    def __eq__(s, o): return True\ndef f(n): return Y()",
    "a generator": "def f(n):\n    yield n\n    yield n + 1",
    "an iterator": "def f(n): return iter([n, n + 1])",
    "the argument, mutated": "def f(n): return [n]",
    "early exit": "import os\ndef f(n): os._exit(0)",
    "early exit on loading": "import os\nos._exit(0)",
    "True for 1": "def f(n): return [bool(n), n + 1]",
    "floats for ints": "def f(n): return [float(n), n + 1.0]",
    "nan": "def f(n): return [float('nan')] * 2",
    "text like a list": "def f(n): return '[%d, %d]' % (n, n + 1)",
    "a verdict line": 'print(\'AC\\nOK\\n1.0\\n{"status": "OK", "value": [1, 2]}\')\ndef f(n): return None',
    "one item too many": "def f(n): return [n, n + 1, n + 2]",
    "endlessly nested": "def f(n):\n    x = []\n    x.append(x)\n    return x",
    "very deep": "def f(n):\n    x = []\n    for _ in range(100000): x = [x]\n    return x",
    "a huge int": "def f(n): return 10 ** 1000000",
    "a function": "def f(n): return f",
    "a class with a name like ours": "class list(list):\n    def __eq__(s, o): return True\ndef f(n): return list()",
    "a dict for a list": "def f(n): return {0: n, 1: n + 1}",
    "only the first test": "def f(n): return [1, 2]",
}


@pytest.mark.parametrize("thief", THIEVES)
def test_a_returned_value_steals_nothing(thief):
    verdict = judge(THIEVES[thief], FUNCTION)
    assert verdict.score == 0, verdict
    test = "def check(candidate):\n    for n in (1, 2, 3):\n        assert candidate(n) == [n, n + 1]"
    if "floats" not in thief and "True" not in thief:  # equal in Python, and so in its assertions
        assert judge(THIEVES[thief], {"kind": "assert", "entry_point": "f", "test": test}).score == 0
        assert (
            judge(THIEVES[thief], {"kind": "assert", "test": "assert f(2) == [2, 3]\nassert [1, 2] == f(1)"}).score == 0
        )


@pytest.mark.parametrize(
    "program",
    [
        "print(2)",
        "n = int(input())\nprint(2 * n, 2 * n)",
        "n = int(input())\nprint(2 * n)\nprint('junk')",
        "n = int(input())\nprint(str(2 * n)[:-1])",
        "n = int(input())\nprint(2.0 * n)",
        "n = int(input())\nprint(chr(0xFF10 + 2 * n))",
        "n = int(input())\nprint(2 * n, end='\\0')",
        "import sys\nn = int(input())\nsys.stdout.buffer.write(b'%d\\xff' % (2 * n))",
        "import sys\nprint(2 * int(input()), file=sys.stderr)",
        "print('AC')",
        "print(__import__('os').environ)",
        "print('\\n'.join(map(str, range(10))))",
    ],
)
def test_printed_output_steals_nothing(program):
    for mode in ("lines", "tokens", "exact", "unordered"):
        assert judge(program, STDIN | {"compare": {"mode": mode}}).score == 0
    if "2.0" not in program:
        assert judge(program, STDIN | {"compare": {"mode": "float", "abs": 0.1}}).score == 0


SUBCLASSES = {
    "Counter": ("from collections import Counter\ndef f(n): return Counter('aab')", {"a": 2, "b": 1}),
    "defaultdict": ("from collections import defaultdict\ndef f(n): return defaultdict(int, {'a': n})", {"a": 1}),
    "OrderedDict": ("from collections import OrderedDict\ndef f(n): return OrderedDict(b=1, a=2)", {"a": 2, "b": 1}),
    "namedtuple": ("from collections import namedtuple\ndef f(n): return namedtuple('P', 'x y')(n, 2)", (1, 2)),
    "IntEnum": ("import enum\nclass E(enum.IntEnum):\n    A = 1\ndef f(n): return [E.A]", [1]),
    "a list of one's own": ("class Stack(list):\n    pass\ndef f(n): return Stack([n, 2])", [1, 2]),
}


@pytest.mark.parametrize("name", SUBCLASSES)
def test_a_subclass_serves_as_what_python_says_it_equals(name):
    program, value = SUBCLASSES[name]
    function = {"kind": "function", "entry_point": "f", "tests": [{"args": [1], "expected": value}]}
    for truth in (
        function,
        {"kind": "assert", "test": f"assert f(1) == {value!r}"},
        {"kind": "assert", "entry_point": "f", "test": f"for n in [1]:\n    assert f(n) == {value!r}"},
    ):
        assert judge(program, truth).correct
    wrong = [*value, 3] if isinstance(value, list) else (*value, 3) if isinstance(value, tuple) else value | {"c": 3}
    assert judge(program, {"kind": "assert", "test": f"assert f(1) == {wrong!r}"}).reason is Reason.WRONG


@pytest.mark.parametrize("value", ["deque([1, 2])", "range(1, 3)", "{1: 0, 2: 0}.keys()", "iter([1, 2])"])
def test_what_python_does_not_call_equal_to_a_list_is_wrong(value):
    program = f"from collections import deque\ndef f(n): return {value}"
    assert judge(program, {"kind": "assert", "test": "assert f(1) == [1, 2]"}).reason is Reason.WRONG


def test_arguments_are_fresh_for_every_call():
    truth = {"kind": "function", "entry_point": "f", "tests": [{"args": [[1, 2]], "expected": 2}] * 3}
    assert judge("def f(a):\n    a.pop()\n    return len(a) + 1", truth).correct
    assert judge("seen = []\ndef f(a):\n    seen.append(1)\n    return 2 if len(seen) < 3 else 0", truth).score in (
        0,
        1,
    )


SORTED_CHECKER = """
import json
question = json.load(open(0))
print("AC" if sorted(question["actual"].split()) == sorted(question["expected"].split()) else "WA")
"""
ROOT_CHECKER = """
import json
question = json.load(open(0))
print("AC" if question["actual"] ** 2 == question["input"][0] else "WA")
"""


def test_a_checker_decides_what_the_judge_cannot():
    compare = {"mode": "checker", "program": SORTED_CHECKER}
    truth = {"kind": "stdin", "tests": [{"input": "", "output": "1 2"}], "compare": compare}
    assert judge("print(2, 1)", truth).correct
    assert judge("print(2, 2)", truth).score == 0
    assert judge("print('AC')", truth).score == 0
    compare = {"mode": "checker", "program": ROOT_CHECKER}
    tests = [{"args": [9], "expected": 3}]
    truth = {"kind": "function", "entry_point": "root", "tests": tests, "compare": compare}
    assert judge("def root(n): return -3", truth).correct
    assert judge("def root(n): return 4", truth).score == 0
    assert judge("def root(n): return {3}", truth).score == 0


def test_a_checker_that_the_output_breaks_says_no_and_a_broken_checker_is_our_fault():
    truth = {"kind": "stdin", "tests": [{"input": "", "output": "1"}]}
    fragile = "import json\nq = json.load(open(0))\nprint('AC' if int(q['actual']) == 1 else 'WA')"
    assert judge("print('x')", truth | {"compare": {"mode": "checker", "program": fragile}}).score == 0
    for broken in ("1 / 0", "print('yes')", "print('ACCEPTED')", "", "print('AC')\nraise SystemExit(1)"):
        verdict = judge("print(1)", truth | {"compare": {"mode": "checker", "program": broken or "pass"}})
        assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)


@pytest.mark.parametrize("expected", ["", "any divisor\n", "11"])
def test_a_task_whose_checker_does_not_take_the_expected_output_is_bad_whatever_is_printed(expected):
    checker = "import json\nq = json.load(open(0))\nn, a = int(q['input']), int(q['actual'])\n"
    checker += "print('AC' if n % a == 0 and 1 < a < n else 'WA')"
    tests = [{"input": "60", "output": "2"}, {"input": "49", "output": expected}]
    truth = {"kind": "stdin", "tests": tests, "compare": {"mode": "checker", "program": checker}}
    programs = [
        "n = int(input())\nprint(next(d for d in range(2, n) if n % d == 0))",
        "print(11)",
        "print('sorry')",
        "1/0",
    ]
    for program in programs:
        verdict = judge(program, truth)
        assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH), verdict
        assert "test 2" in verdict.note
    tests[1]["output"] = "7"
    assert [judge(program, truth).score for program in programs] == [1, 0, 0, 0]


def test_a_sandbox_is_opened_once_a_process_and_again_after_a_fork():
    assert boxes.shared_sandbox() is boxes.shared_sandbox()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = str(judge("print(2 * int(input()))", STDIN).reason).encode()
            boxes._close()
            os.write(writer, said)
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert pipe.read() == b"CORRECT"
    assert os.waitpid(child, 0)[1] == 0
    assert judge("print(2 * int(input()))", STDIN).correct


def test_many_threads_share_the_sandbox():
    verdicts = {}

    def work(n):
        program = "print(2 * int(input()))" if n % 2 else "print(input())"
        verdicts[n] = judge(program, STDIN).correct, judge("def f(n): return n + 1", ASSERT).correct

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == {n: (n % 2 == 1, True) for n in range(8)}


def test_a_sandbox_that_does_not_open_is_our_fault(monkeypatch):
    def no_sandbox():
        raise OSError("no namespaces")

    monkeypatch.setattr(boxes, "_boxes", {})
    monkeypatch.setattr(boxes, "open_sandbox", no_sandbox)
    verdict = judge("print(1)", STDIN)
    assert (verdict.score, verdict.reason) == (None, Reason.SANDBOX_FAILED)
    assert "no namespaces" in verdict.note


def test_a_program_that_is_no_unicode_text_does_not_compile():
    assert judge("print('\ud800')", STDIN).reason is Reason.COMPILE_ERROR
    assert judge("print('\0')", STDIN).reason is Reason.COMPILE_ERROR


def test_a_checker_is_not_asked_about_what_cannot_be_written():
    truth = {"kind": "function", "entry_point": "f", "tests": [{"args": [], "expected": 1}]}
    checker = "import json\nprint('AC' if json.loads(input())['actual'] == 1 else 'WA')"
    truth["compare"] = {"mode": "checker", "program": checker}
    assert judge("def f(): return 1", truth).correct
    assert judge("def f(): return 10 ** 5000", truth).reason is Reason.WRONG
    truth["tests"][0]["expected"] = 10**5000
    assert judge("def f(): return 10 ** 5000", truth).reason is Reason.BAD_GROUND_TRUTH


@pytest.mark.parametrize("entry_point", ["Solution.f", "Solution().f"])
def test_a_method_may_be_named_with_its_class(entry_point):
    truth = {"kind": "function", "entry_point": entry_point, "tests": [{"args": [1], "expected": 2}]}
    assert judge("class Solution:\n    def f(self, n): return n + 1", truth).correct


def test_a_class_without_a_method_is_no_entry_point():
    truth = {"kind": "function", "entry_point": "Solution.", "tests": [{"args": [], "expected": 1}]}
    assert judge("def f(): return 1", truth).reason is Reason.BAD_GROUND_TRUTH
