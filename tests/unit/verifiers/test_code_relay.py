"""Test code that is run apart from the program, with nothing but values between them."""

import sys

import pytest

from sandbox import Limits
from tests.boxes import judge
from verifiers import Reason

BY_NAME = "def f(a, *, by=1): return a * by"
BY_METHOD = "class Solution:\n    def f(self, a, by=1): return a * by"
GENERATOR = "def f(n):\n    for i in range(n): yield n - i"
DEQUE = "from collections import deque\ndef f(n): return deque(range(n, 0, -1))"
ENDLESS = "def f(n):\n    while True: yield n"
FORGED = "class Forged:\n    def __iter__(self): return iter([3, 2, 1])\n    __eq__ = lambda self, other: True\n"


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
        "import sys\nfor n in range(3):\n    assert f(n) == n + 1\nsys.exit(0)",
        "def main():\n    assert f(1) == f(0) + 1 == 2\n    exit(False)\nmain()",
        "def check(c):\n    for n in (1, 2): assert c(n) == n + 1\nraise SystemExit",
        "import random\nrandom.seed()\nfor _ in range(3):\n    n = random.randint(0, 99)\n    assert f(n) == n + 1",
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
        (
            "import itertools\nfor n in (2, 3):\n    assert list(itertools.islice(f(n), 1200)) == [n] * 1200",
            ["def f(n): return iter([n] * 5000)"],
            [ENDLESS, "def f(n): return iter([n] * 1199)", "def f(n): return iter([n] * 1100 + [0] * 100)"],
        ),
        (
            "import itertools\nassert list(itertools.islice(f(2), 3)) == [2] * 3",
            [ENDLESS, "def f(n): yield from [n] * 3"],
            ["def f(n): yield from [n] * 2", "def f(n):\n    while True: yield n + 1"],
        ),
        (
            "import asyncio\nfor n in (2, 3):\n    assert asyncio.run(f(n)) == n",
            ["async def f(n): return n", "import asyncio\nasync def f(n): return await asyncio.sleep(0, n)"],
            ["async def f(n): return 2", "async def f(n): return f(n)", "def f(n): return n", "def f(n): yield n"],
        ),
        (
            "import asyncio\nasync def main():\n    assert await asyncio.gather(f(1), f(2)) == [1, 2]\n"
            "asyncio.run(main())",
            ["async def f(n): return n"],
            ["async def f(n): return 1", "async def f(n): raise ValueError"],
        ),
        (
            "import asyncio\ntry:\n    asyncio.run(f(1))\n    assert False\n"
            "except KeyError as error:\n    assert error.args == ('a',)",
            ["async def f(n): raise KeyError('a')"],
            ["async def f(n): raise KeyError('b')", "async def f(n): return 1"],
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


SORTS = "def f(x): return sorted(x)"
TAKES = "def g(n):\n    while True:\n        yield n\n        n += 1\ndef f(n, it): return (next(it) for _ in range(n))"
PASSED_ON = [
    ("assert f(f([3, 1])) == [1, 3]", SORTS),
    ("once = f([3, 1])\nassert f(once) == [1, 3]", SORTS),
    ("import copy\nfor a in ([3, 1], [1, 3]):\n    assert f(x=copy.deepcopy(f(a))) == [1, 3]", SORTS),
    ("assert f([f([3, 1]), [1, 2]]) == [[1, 2], [1, 3]]", SORTS),
    ("assert list(f(2, g(3))) == [3, 4]", TAKES),
]


@pytest.mark.parametrize(("test", "right"), PASSED_ON)
@pytest.mark.parametrize(
    "wrong",
    [
        "def f(x): yield 0",
        "def f(x, y=0): return iter([0])",
        "def f(x): return iter(x)",
        "def f(*x, **y): return f",
        "async def f(x): return x",
        "async def f(*x, **y): return 0",
        "class F:\n    def __next__(self): return 1\n    __iter__ = lambda self: self\ndef f(*x, **y): return F()",
    ],
)
def test_what_a_program_returns_never_makes_the_test_code_bad(test, right, wrong):
    truth = {"kind": "assert", "entry_point": "f", "test": test}
    assert judge(right, truth).correct
    helper = "" if "g(" not in test else "def g(n): return iter([n])\n"
    assert judge(helper + wrong, truth).score == 0


SOLUTION = "class Solution:\n    def two(self, a, by=1): return a + by"


@pytest.mark.parametrize(
    ("test", "entry_point"),
    [
        ("assert Solution().two(1) == 2\nassert Solution().two(2) == 3", ""),
        ("assert Solution().two(1) == 2", "Solution.two"),
        ("assert Solution().two(1) == 2", "Solution"),
        ("s = Solution()\nfor n in range(3):\n    assert s.two(n, by=2) == n + 2", ""),
        ("def check(candidate):\n    s = Solution()\n    assert s.two(1) == 2\n    assert candidate(2) == 3\n", "two"),
        ("def check(candidate):\n    assert candidate().two(1) == 2", "Solution"),
    ],
)
def test_a_method_of_a_solution_may_be_called(test, entry_point):
    truth = {"kind": "assert", "entry_point": entry_point, "test": test}
    assert judge(SOLUTION, truth).correct
    for wrong in (SOLUTION.replace("+", "*"), SOLUTION.replace("two", "tow"), "Solution = 2", ""):
        assert judge(wrong + "\npass", truth).score == 0
    made = {"kind": "assert", "entry_point": "two", "test": "assert Solution(5).two(1) == 2"}
    assert {judge(program, made).reason for program in (SOLUTION, "pass")} == {Reason.BAD_GROUND_TRUTH}


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
        ("for i in range(3): assert f(i) == i % MOD", "MOD"),
        ("assert f(1)(2) == 3", "calls what f returns"),
        ("s = Stack()\ns.push(1)\nassert s.pop() == 1 == f(1)", "push"),
    ],
)
def test_test_code_that_cannot_judge_is_our_fault(test, said, monkeypatch):
    monkeypatch.setattr("verifiers.code.relay._MOST_REHEARSALS", 5)
    monkeypatch.setattr("verifiers.code.relay._TEST_LIMITS", Limits(cpu_s=1))
    verdict = judge("def f(n): return 2", {"kind": "assert", "entry_point": "f", "test": test})
    assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH), verdict
    assert said in verdict.note


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


@pytest.mark.parametrize(
    "test",
    [
        "import sys\nfor n in range(3):\n    if f(n) == n: sys.exit(0)\nassert f(5) == 6",
        "import sys\nfor n in range(3):\n    assert f(n) == n\nsys.exit(1)",
        "import sys\ntry:\n    assert f(1) / 0 == 1\nexcept ZeroDivisionError:\n    sys.exit(0)",
        "import sys\nfor n in range(3):\n    assert f(n) == n\nsys.exit('failed')",
    ],
)
def test_test_code_that_exits_early_or_with_a_status_is_not_passed(test):
    assert judge("def f(n): return n", {"kind": "assert", "entry_point": "f", "test": test}).score == 0


@pytest.mark.parametrize(
    ("test", "program"),
    [
        ("x = 5\nwhile x > 0: x = f(x)\nassert x == 0", "def f(x): return x - 1"),
        ("x = []\nfor _ in range(50): x = f(x)\nassert len(x) == 15_000", "def f(x): return x + [0] * 300"),
        (
            "x = 1\nfor n in range(20): x = f(x)\nassert x > 20\nwhile x < 30: x += 1\nassert x == 30 > f(7)",
            "def f(x): return x + 1",
        ),
    ],
)
def test_test_code_whose_every_call_needs_the_one_before(test, program):
    truth = {"kind": "assert", "entry_point": "f", "test": test, "limits": {"cpu_s": 1}}
    assert judge(program, truth).correct
    assert judge("def f(x): return x", truth | {"test": test.replace("while x > 0: x", "x")}).score == 0


@pytest.mark.parametrize(
    "test",
    [
        "import os\nassert f(os.urandom(8)) or True",
        "assert f(1) == 1\nimport time\nassert f(time.time_ns()) > 1",
        "import tempfile\nt = tempfile.NamedTemporaryFile('w')\nassert f(t.name) == t.name",
        "import random\nr = random.SystemRandom()\nfor n in range(9):\n    assert f(n) == n\nassert f(r.random()) < 2",
    ],
)
def test_test_code_that_makes_other_calls_each_time_is_our_fault_at_once(test):
    truth = {"kind": "assert", "entry_point": "f", "test": test}
    verdict = judge("def f(x): return x", truth)
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert "other calls each time" in verdict.note
    assert not judge("def f(x): return iter([x])", truth).score
    if test.count("assert") == 1:
        assert judge("def f(x): return [x] * 9000", truth).reason is Reason.BAD_GROUND_TRUTH


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


@pytest.mark.parametrize(
    ("program", "expected", "said"),
    [
        ("def f(): raise ValueError('no')", "ValueError", "no"),
        ("class E(ValueError): pass\ndef f(): raise E('own')", "ValueError", "own"),
        ("import json\ndef f(): json.loads('{')", "ValueError", "Expecting property name"),
        ("def f(): raise KeyError('a')", "KeyError", "'a'"),
        ("def f(): raise ValueError('two\\nlines')", "ValueError", "two\nlines"),
        ("def f(): b'\\xff'.decode()", "ValueError", "invalid start byte"),
        ("def f(): b'\\xff'.decode()", "UnicodeDecodeError", "invalid start byte"),
        ("class E(UnicodeError): pass\ndef f(): raise E('own')", "UnicodeError", "own"),
        (
            "def f(): raise ExceptionGroup('a', [ValueError(1)])"
            if sys.version_info >= (3, 11)
            else "def f(): raise OSError('a')",
            "Exception",
            "a",
        ),
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
