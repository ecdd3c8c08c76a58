"""What verify_code says of whole completions: honest ones, wrong ones and thieves."""

import json
import os
import pickle
import threading

import pytest

from sandbox import Limits
from verifiers import Reason, verify_code
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


def judge(program, truth, **options):
    return verify_code(f"<think>so</think><answer>\n```python\n{program}\n```\n</answer>", truth, **options)


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


def test_helpers_of_the_tests_come_from_their_own_setup_where_there_is_one():
    test = "def check(candidate):\n    for s in ('ab', 'xyz'):\n        assert candidate(encode(s)) == s"
    honest = "def encode(s): return s[::-1]\ndef decode(s): return s[::-1]"
    thief = "def encode(s): return s\ndef decode(s): return s"
    truth = {"kind": "assert", "entry_point": "decode", "test": test}
    assert judge(honest, truth).correct
    setup = truth | {"setup": "def encode(s): return s[::-1]\ndef decode(s):\n    'to be written'\n"}
    assert judge(honest, setup).correct
    assert judge(thief, setup).score == 0


@pytest.mark.parametrize(
    "test",
    [
        "x = f(f(f(0)))\nassert x == 3",
        "total = 0\nfor n in range(20):\n    total += f(n)\nassert total == 210",
        "assert [f(n) for n in range(3)] == [1, 2, 3]",
        "assert set(map(f, range(3))) == {3, 2, 1}",
        "import random\nfor _ in range(20):\n    n = random.randint(0, 10**9)\n    assert f(n) - 1 == n != f(n)",
        "n = 0\nwhile f(n) < 9:\n    n += 1\nassert n == 8",
        "try:\n    assert f(1) == 2\nexcept ZeroDivisionError:\n    raise SystemExit",
        "assert math.sqrt(f(3)) == 2.0",
        "assert f(1) == 2 if f(0) else False",
        "assert str(f(1)).zfill(3) == '002'",
        "for n in range(3):\n    assert f(n) == n + 1\ntry:\n    f('a')\n    assert False\nexcept TypeError:\n    pass",
    ],
)
def test_test_code_of_any_shape_is_run_apart(test, monkeypatch):
    monkeypatch.setattr("verifiers.code.relay._MOST_CALLS", 600)
    truth = {"kind": "assert", "entry_point": "f", "test": test}
    assert judge("def f(n): return n + 1", truth).correct
    assert judge("def f(n): return n + 2", truth).score == 0
    assert (
        judge(
            "class Y(int):\n    def __eq__(s, o): return True\n    __hash__ = int.__hash__\ndef f(n): return Y(0)",
            truth,
        ).score
        == 0
    )


BY_NAME = "def f(a, *, by=1): return a * by"
BY_METHOD = "class Solution:\n    def f(self, a, by=1): return a * by"
GENERATOR = "def f(n):\n    for i in range(n): yield n - i"
DEQUE = "from collections import deque\ndef f(n): return deque(range(n, 0, -1))"
ENDLESS = "def f(n):\n    while True: yield n"


@pytest.mark.parametrize(
    ("test", "right", "wrong"),
    [
        ("assert f(2, by=3) == 6", [BY_NAME, BY_METHOD], ["def f(a, by=1): return a + by", "def f(a, b): return 6"]),
        ("assert f(a=2) == 2\nassert f(by=2, a=2) == 4", [BY_NAME], ["def f(a, by=3): return a * by"]),
        ("for n in range(3):\n    assert f(n, by=n) == n * n", [BY_NAME, BY_METHOD], ["def f(a, by): return a + by"]),
        ("assert list(f(3)) == [3, 2, 1]", [GENERATOR, DEQUE], [ENDLESS, "def f(n): yield n", "def f(n): return n"]),
        ("assert sorted(f(3)) == [1, 2, 3]", [GENERATOR, DEQUE], ["def f(n): yield n"]),
        ("assert set(f(3)) == {1, 2, 3}", [GENERATOR, DEQUE], ["def f(n): return range(n)", "def f(n): return None"]),
        ("assert sum(f(n=3)) == 6", [GENERATOR], ["def f(n): return range(n)", "def f(m): return [6]"]),
        ("assert len(f(3)) == 3", [DEQUE, "def f(n): return range(n)"], [GENERATOR, "def f(n): return [n]"]),
        ("assert f(3) == [3, 2, 1]", ["def f(n): return [3, 2, 1]"], [GENERATOR, DEQUE]),
        (
            "for n in (2, 3):\n    assert list(f(n)) == list(range(n, 0, -1))",
            [GENERATOR],
            [ENDLESS, "def f(n): yield n"],
        ),
        ("g = f(3)\nassert next(g) == 3\nassert next(g) == 2", [GENERATOR], ["def f(n): return [3, 2]"]),
        ("for n in (2, 3):\n    assert f(n) == [n]", ["def f(n): return [n]"], ["def f(n): yield n", "f = iter"]),
    ],
)
def test_calls_by_name_and_values_that_are_gone_through(test, right, wrong):
    truth = {"kind": "assert", "entry_point": "f", "test": test, "limits": {"cpu_s": 1}}
    for program in right:
        verdict = judge(program, truth)
        assert verdict.correct, (program, verdict)
    for program in wrong:
        assert judge(program, truth).score == 0, program


FORGED = "class Forged:\n    def __iter__(self): return iter([3, 2, 1])\n    __eq__ = lambda self, other: True\n"


@pytest.mark.parametrize(
    "thief",
    [
        "import builtins\nbuiltins.sorted = builtins.list = lambda x: [1, 2, 3]\ndef f(n): return 4",
        "import builtins\nbuiltins.hasattr = builtins.isinstance = lambda *x: True\ndef f(n): return {4}",
        "def adapted_call(*args): return [1, 2, 3]\ndef f(n): return 4",
        f"{FORGED}def f(n): return [Forged()]",
        f"{FORGED}class f(list):\n    def __new__(cls, n): return Forged()\n    __len__ = lambda self: 3",
    ],
)
def test_a_call_that_is_gone_through_steals_nothing(thief):
    for test in ("assert sorted(f(3)) == [1, 2, 4]", "for n in [3]:\n    assert sorted(f(n)) == [1, 2, 4]"):
        verdict = judge(thief, {"kind": "assert", "entry_point": "f", "test": test})
        assert verdict.score == 0, verdict


def test_the_function_under_test_may_be_called_check():
    """As in MBPP/967: then the test code calls it itself."""
    for test in ("assert check('a') == 'A'", "for s in ('a', 'b'):\n    assert check(s) == s.upper()"):
        assert judge("def check(s): return s.upper()", {"kind": "assert", "test": test}).correct
        assert judge("def check(s): return s", {"kind": "assert", "test": test}).reason is Reason.WRONG


def test_test_code_that_never_ends_on_a_guess_is_run_without_guesses(monkeypatch):
    monkeypatch.setattr("verifiers.code.relay._TEST_LIMITS", Limits(cpu_s=1))
    truth = {"kind": "assert", "entry_point": "f", "test": "n = f(2)\nwhile n > 0:\n    n = n - 1\nassert n == 0"}
    assert judge("def f(n): return n + 1", truth).correct
    assert judge("def f(n): return -1", truth).score == 0
    assert judge("def f(n): return 10 ** 12", truth).score == 0


def test_test_code_that_the_program_keeps_going_is_the_programs_doing(monkeypatch):
    monkeypatch.setattr("verifiers.code.relay._MOST_CALLS", 300)
    truth = {"kind": "assert", "entry_point": "f", "test": "n = 0\nwhile f(n) < 9:\n    n += 1\nassert n == 8"}
    verdict = judge("def f(n): return 0", truth)
    assert (verdict.score, verdict.reason) == (0, Reason.TIME_LIMIT), verdict
    assert judge("def f(n): return n + 1", truth).correct


def test_a_call_gets_the_arguments_as_they_were_when_it_was_made():
    test = "a = []\nfor n in range(5):\n    assert f(a) == n\n    a.append(n)"
    assert judge("def f(a): return len(a)", {"kind": "assert", "entry_point": "f", "test": test}).correct


def test_a_call_that_only_a_guess_asked_for_does_not_count():
    slow = "def f(n):\n    while n > 5: pass\n    return n * n"
    loop = "n = 0\nwhile f(n) < 9:\n    n += 1\nassert n == 3\n"
    truth = {"kind": "assert", "entry_point": "f", "test": loop * 3, "limits": {"cpu_s": 1}}
    assert judge(slow, truth).correct
    assert judge(slow, truth | {"test": loop + "assert f(6) > 0"}).reason is Reason.TIME_LIMIT


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("def check(candidate): pass", "does not call"),
        ("for i in []: assert f(i)", "does not call"),
        ("import no_such_module\nassert f(1) == 2", "no_such_module"),
        ("1 / 0\nassert f(1) == 2", "ZeroDivisionError"),
        ("while True: pass\nassert f(1) == 2", "TLE before"),
        ("assert f(print) == 1 or f(1)", "builtin_function_or_method"),
        ("import os\nassert f(os.urandom(8)) or True\nassert [f(1)]", "other calls each time"),
    ],
)
def test_test_code_that_cannot_judge_is_our_fault(test, said, monkeypatch):
    monkeypatch.setattr("verifiers.code.relay._MOST_REHEARSALS", 5)
    monkeypatch.setattr("verifiers.code.relay._TEST_LIMITS", Limits(cpu_s=1))
    verdict = judge("def f(n): return 2", {"kind": "assert", "entry_point": "f", "test": test})
    assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH), verdict
    assert said in verdict.note


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


@pytest.mark.parametrize(
    "test",
    [
        "cases = [(1, 2), (2, 4)]\nassert all(map(lambda c: f(c[0]) == c[1], cases))",
        "for got, want in zip(map(f, [1, 2]), [2, 4]):\n    assert got == want",
        "assert not any(map(lambda n: f(n) != 2 * n, [1, 2]))",
        "assert len(list(map(f, [1, 2]))) < 3",
    ],
)
@pytest.mark.parametrize("end", ["StopIteration", "StopIteration(2)", "StopAsyncIteration"])
def test_a_program_cannot_end_the_test_codes_loops(test, end):
    verdict = judge(f"def f(n): raise {end}", {"kind": "assert", "entry_point": "f", "test": test})
    assert verdict.reason is Reason.RUNTIME_ERROR


def test_a_checker_is_not_asked_about_what_cannot_be_written():
    truth = {"kind": "function", "entry_point": "f", "tests": [{"args": [], "expected": 1}]}
    checker = "import json\nprint('AC' if json.loads(input())['actual'] == 1 else 'WA')"
    truth["compare"] = {"mode": "checker", "program": checker}
    assert judge("def f(): return 1", truth).correct
    assert judge("def f(): return 10 ** 5000", truth).reason is Reason.WRONG


def test_large_values_are_not_sent_on_forever(monkeypatch):
    monkeypatch.setattr("verifiers.code.relay._MOST_CARRIED", 1_000_000)
    truth = {"kind": "assert", "entry_point": "f", "test": "x = 1\nfor _ in range(900):\n    x = f(x)\nassert x == 2"}
    program = "def f(x): return [[]] * 300_000 + ['a'] if x == 1 else 3 if type(x) is list else x + 1"
    assert judge(program, truth).reason is Reason.OUTPUT_LIMIT


def test_calls_that_each_take_long_are_not_all_made_before_the_first_is_judged(monkeypatch):
    test = "for n in range(40):\n    assert f(n) == n"
    truth = {"kind": "assert", "entry_point": "f", "test": test, "limits": {"wall_s": 0.5}}
    verdict = judge("import time\ndef f(n):\n    time.sleep(0.2)\n    return -1", truth)
    assert verdict.reason is Reason.WRONG
    assert sum(test["wall_s"] for test in verdict.details["tests"]) < 3
    monkeypatch.setattr("verifiers.code.relay._MOST_WALL_LIMITS", 2)
    assert judge("import time\ndef f(n):\n    time.sleep(0.2)\n    return n", truth).reason is Reason.TIME_LIMIT


@pytest.mark.parametrize("entry_point", ["Solution.f", "Solution().f"])
def test_a_method_may_be_named_with_its_class(entry_point):
    truth = {"kind": "function", "entry_point": entry_point, "tests": [{"args": [1], "expected": 2}]}
    assert judge("class Solution:\n    def f(self, n): return n + 1", truth).correct


@pytest.mark.parametrize(
    ("program", "expected", "said"),
    [
        ("def f(): raise ValueError('no')", "ValueError", "no"),
        ("class E(ValueError): pass\ndef f(): raise E('own')", "ValueError", "own"),
        ("import json\ndef f(): json.loads('{')", "ValueError", "Expecting property name"),
        ("def f(): raise KeyError('a')", "KeyError", "'a'"),
        ("def f(): raise ValueError('two\\nlines')", "ValueError", "two\nlines"),
        ("def f(): b'\\xff'.decode()", "ValueError", "invalid start byte"),
        ("class E(Exception):\n    def __str__(self): 1 / 0\ndef f(): raise E", "Exception", ""),
    ],
)
def test_test_code_sees_what_kind_of_exception_the_program_raised(program, expected, said):
    test = (
        f"try:\n    f()\n    seen = 'none'\nexcept {expected} as error:\n    seen = str(error)\nassert {said!r} in seen"
    )
    assert judge(program, {"kind": "assert", "entry_point": "f", "test": test}).correct
    other = test.replace(f"except {expected}", "except ZeroDivisionError")
    assert judge(program, {"kind": "assert", "entry_point": "f", "test": other}).reason is Reason.RUNTIME_ERROR


def test_calls_by_name_need_nothing_that_the_program_may_have_renamed():
    truth = {"kind": "assert", "entry_point": "f", "test": "assert f(n=2) == [2]"}
    assert judge("list = str = isinstance = hasattr = type = [3]\ndef f(n): return [n]", truth).correct
    test = "try:\n    f(n=2)\n    assert False\nexcept TypeError:\n    pass"
    assert judge("x = 1", truth | {"test": test}).score == 0


def test_a_class_without_a_method_is_no_entry_point():
    truth = {"kind": "function", "entry_point": "Solution.", "tests": [{"args": [], "expected": 1}]}
    assert judge("def f(): return 1", truth).reason is Reason.BAD_GROUND_TRUTH
