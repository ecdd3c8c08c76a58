"""Which assertions are read from the syntax tree, and what they then accept."""

import time

import pytest

from verifiers.code.asserts import read_asserts
from verifiers.code.calls import Call
from verifiers.code.names import undefined_names, unmet


@pytest.mark.parametrize(
    ("assertion", "args", "right", "wrong"),
    [
        ("f(1, 'a') == [1, 2]", [1, "a"], [[1, 2], [True, 2.0]], [[1], (1, 2), None, "[1, 2]"]),
        ("2 == f(-1)", [-1], [2, 2.0], [3, "2"]),
        ("f([1] * 3) is True", [[1, 1, 1]], [True], [1, "True", None]),
        ("f() is None", [], [None], [0, False, ""]),
        ("f() is not None", [], [0, ""], [None]),
        ("f() != 3", [], [4, "3"], [3, 3.0]),
        ("f(2 ** 10)", [1024], [1, "a", [0]], [0, "", [], None]),
        ("not f((1, 2))", [(1, 2)], [0, None, ""], [1, "a"]),
        ("abs(f(0.5) - 1 / 3) < 1e-6", [0.5], [0.3333333, 1 / 3], [0.3, "a", None, 10**400, float("nan"), [1]]),
        ("1 < f() <= 3", [], [2, 3], [1, 4, "2"]),
        ("math.isclose(f(), 0.1, rel_tol=1e-3)", [], [0.10001], [0.2, "0.1", float("nan")]),
        ("f() in [1, 'a', None]", [], [1, True, "a", None], [2, [1]]),
        ("f() not in {1, 2}", [], [3], [1, [1]]),
        ("'a' in f()", [], ["cat", ["a"], {"a": 1}], ["b", 3, None]),
        ("sorted(f()) == list(range(3))", [], [[2, 0, 1], {0, 1, 2}], [[0, 1], ["a", 1], 3]),
        ("tuple(f()) == (1, 2)", [], [[1, 2], (1, 2)], [[2, 1], 3]),
        ("len(f()) == 2", [], ["ab", [1, 2]], ["a", 2, None]),
        ("round(f(), 2) == 0.33", [], [1 / 3], [0.5, "a"]),
        ("f() == {'a': {1, 2}}", [], [{"a": {2, 1}}], [{"a": [1, 2]}, {}]),
        ("f() == float('inf')", [], [float("inf")], [1e308, float("nan")]),
        ("f() == float('nan')", [], [], [float("nan"), 0]),
        ("set(f()) == {1, 2}", [], [[1, 2, 1], (2, 1), {1, 2}, {1: 0, 2: 0}], [[1], [[1], 2], 3, None]),
        ("set(f()) == set(x)", [], [[1, 2], (2, 1, 1)], [[1], [-1, -2] * 500]),
        ("sum(f()) == 3", [], [[1, 2], (3,)], [[1], ["a"], 3]),
        ("max(f()) == 3", [], [[1, 3], {3}], [[], [4], 3, ["a", 3]]),
        ("all(f())", [], [[1, True], []], [[0], 1]),
        ("f(x) == y", [[1, 2]], ["ab" * 2], ["ab"]),
    ],
)
def test_an_assertion_that_is_read(assertion, args, right, wrong):
    [found] = read_asserts(f"import math\nx = [1, 2]\ny = 'ab' * 2\nassert {assertion}, 'said'", "f")
    assert found.call.args == args
    assert [value for value in right if not found.holds(value)] == []
    assert [value for value in wrong if found.holds(value)] == []


@pytest.mark.parametrize(
    "test",
    [
        "for i in [1]:\n    assert f(i)",
        "assert f(1) == f(2)",
        "assert f(f(1)) == 2",
        "assert f(**{'x': 1})",
        "assert f(*[1])",
        "assert f(1) == g(1)",
        "assert f(1) is 'a'",
        "assert sum(f(1), []) == [1]",
        "assert f(sum([[1]] * 100000, [])) == 1",
        "assert sorted(f(1), key=len) == ['a']",
        "set = [1]\nassert set(f(1)) == {1}",
        "assert f(1) == [i for i in range(3)]",
        "assert f(1) and f(2)",
        "assert f(1).upper() == 'A'",
        "assert f(10 ** 10 ** 10) == 1",
        "assert f('a' * 10 ** 9) == 1",
        "assert f(list(range(10 ** 9))) == 1",
        "list = [1]\nassert list(f(1)) == [1]",
        "f = 3\nassert f(1) == 3",
        "assert True",
        "assert False",
        "import os\nassert f(1)",
        "x = f(1)\nassert x == 2",
        "def check(candidate, more):\n    assert candidate(1) == 2",
        "def check(candidate=f):\n    assert candidate(1) == 2",
        "def check(candidate):\n    assert candidate(1) == 2\nassert f(1) == 2",
        "assert f(...) == 1",
        "assert f(1 / 0) == 1",
    ],
)
def test_what_is_not_read_is_left_to_be_run(test):
    assert read_asserts(test, "f") is None


@pytest.mark.parametrize(
    ("assertion", "args", "keywords", "through"),
    [
        ("f(1, b=[2], c=x) == 3", [1], {"b": [2], "c": [1, 2]}, ""),
        ("list(f(a=1)) == [1]", [], {"a": 1}, "__iter__"),
        ("sorted(f(1)) == [1]", [1], {}, "__iter__"),
        ("len(f(1)) == 1", [1], {}, "__len__"),
        ("round(f(1), 2) == 1", [1], {}, ""),
        ("abs(sum(f(1)) - 1) < 0.1", [1], {}, "__iter__"),
    ],
)
def test_how_a_call_is_made(assertion, args, keywords, through):
    [found] = read_asserts(f"x = [1, 2]\nassert {assertion}", "f")
    assert found.call == Call(args, keywords, through)


def test_a_set_is_not_made_of_values_that_collide():
    [found] = read_asserts("assert set(f()) == {1}", "f")
    [other] = read_asserts("assert set(f()) != {1}", "f")
    modulus = (1 << 61) - 1  # of the hash of an int
    start = time.process_time()
    for values in ([n * modulus for n in range(30_000)], [-1, -2] * 100_000, [1] * 100_000):
        assert found.holds(values) == (values[0] == 1)
        assert other.holds(values) == (values[0] == -1)
    assert time.process_time() - start < 2


def test_a_check_function_is_read_as_its_body():
    body = "    'doc'\n    assert candidate(1) == 2, 'no'\n    assert f(2) == 3\n    assert True\n    pass\n"
    test = f"META = {{'a': 1}}\n\ndef check(candidate):\n{body}\ncheck(f)\n"
    first, second = read_asserts(test, "f")
    assert (first.call.args, second.call.args) == ([1], [2])
    assert first.holds(2)
    assert not second.holds(2)


def test_what_test_code_uses_without_defining_it_is_found():
    body = "    for i in range(3):\n        e = encode(string.digits)\n        assert c(e, random) == i"
    test = f"import random\ndef check(c):\n{body}"
    names = undefined_names(test)
    assert (names.functions, names.modules) == (("encode",), ("string",))
    assert undefined_names(test, "import string\ndef encode(s): return s").functions == ()


def test_a_large_range_is_not_gone_through_by_the_judge():
    assert read_asserts("assert f() in range(10 ** 6)", "f") is not None
    for test in ("f() in range(10 ** 8)", "f() in range(0, -(10 ** 30), -1)", "f() == sum(range(10 ** 7))"):
        assert read_asserts(f"assert {test}", "f") is None


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("assert f(9) == 9 % MOD", "uses MOD"),
        ("for i in range(9):\n    assert f(i) == TABLE[i]", "uses TABLE"),
        ("assert [f(x) for x in CASES] == [1]", "uses CASES"),
        ("try:\n    f(1)\nexcept Mine:\n    pass", "uses Mine"),
        ("assert isinstance(f(1), Node)", "uses Node"),
        ("assert np.allclose(f(1), 2)", "uses np"),
        ("assert f(1)(2) == 3", "calls what f returns"),
        ("g = f(1)\nassert g(2) == 3", "calls what f returns"),
        ("def check(c):\n    g = c(1)\n    assert g(2) == g(3)", "calls what f returns"),
        ("s = Stack()\ns.append(1)\nassert s.pop() == f(1)", "append of what Stack returns"),
        ("assert Stack().pop() == f(1)", "pop of what Stack returns"),
        ("assert f([1]).val == 1", "val of what f returns"),
        ("r = f(1)\nassert r.shape == (1,)", "shape of what f returns"),
        ("assert f(1).strip() == sorted(f(2).items(), key=helper)", ""),
        ("assert list(map(f, xs())) == [1]", ""),
        ("g = f(1)\nassert next(g) == 1\ng.send(2)\ng.close()", ""),
        ("g = f(1)\ng = lambda x: x\nassert g(2)", ""),
        ("s = Solution()\nassert s.f(1) == 2 == Solution().f(1)", ""),
        ("class Node: pass\nassert isinstance(f(1), Node)", ""),
        ("fs = [f, g]\nfor h in fs:\n    assert h(1)(2)", ""),
    ],
)
def test_what_test_code_cannot_have_of_a_program_is_seen_in_its_text(test, said):
    fault = unmet(test, undefined_names(test), "f")
    assert said in fault
    assert bool(said) == bool(fault)
