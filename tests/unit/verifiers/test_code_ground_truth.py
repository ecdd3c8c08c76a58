"""Which ground truths are read, and what is said of the others."""

import json

import pytest

from verifiers import Reason, verify_code
from verifiers.code.ground_truth import BadGroundTruth, read_ground_truth

STDIN = {"kind": "stdin", "tests": [{"input": "", "output": "1\n"}]}
FUNCTION = {"kind": "function", "entry_point": "f", "tests": [{"args": [1], "expected": 2}]}
ASSERT = {"kind": "assert", "entry_point": "f", "test": "assert f(1) == 2"}


@pytest.mark.parametrize("truth", [STDIN, FUNCTION, ASSERT])
def test_a_mapping_and_its_json_text_are_the_same(truth):
    assert read_ground_truth(truth) == read_ground_truth(json.dumps(truth))


def test_limits_not_given_are_the_defaults_and_wall_time_grows_with_cpu_time():
    assert read_ground_truth(STDIN).limits.cpu_s == 3
    assert read_ground_truth(STDIN | {"limits": {"cpu_s": 30}}).limits.wall_s == 120
    assert read_ground_truth(STDIN | {"limits": {"cpu_s": 30, "wall_s": 40}}).limits.wall_s == 40
    assert read_ground_truth(STDIN | {"limits": {"cpu_s": 2, "optional": True}}).limits.cpu_s == 2


def test_the_output_limit_has_room_for_what_is_expected():
    long = [{"input": "", "output": "x" * 10**6}]
    assert read_ground_truth(STDIN | {"tests": long, "limits": {"output_kb": 1}}).limits.output_kb > 1000
    assert read_ground_truth(STDIN | {"limits": {"output_kb": 1}}).limits.output_kb == 1


def test_the_default_tolerance_goes_as_soon_as_one_is_given():
    compare = read_ground_truth(STDIN | {"compare": {"mode": "float", "abs": 0.5}}).compare
    assert (compare.absolute, compare.relative) == (0.5, 0)


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (None, "NoneType, not a mapping"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "list, not a mapping"),
        ({}, "did you mean"),
        (STDIN | {"kind": "stdio"}, "did you mean 'stdin'"),
        (STDIN | {"kind": ["stdin"]}, "did you mean"),
        (STDIN | {"test": []}, "did you mean 'tests'"),
        (STDIN | {"tests": []}, "no list of tests"),
        (STDIN | {"tests": ["1"]}, "test 1 is str"),
        (STDIN | {"tests": [{"input": "", "expected": ""}]}, "unknown key 'expected'"),
        (STDIN | {"tests": [{"input": ""}]}, "test 1 has no 'output'"),
        (STDIN | {"tests": [{"input": "", "output": 1}]}, "output of test 1 is int"),
        (STDIN | {"tests": [{"input": "\ud800", "output": ""}]}, "not Unicode"),
        (STDIN | {"limits": {"cpu": 1}}, "did you mean 'cpu_s'"),
        (STDIN | {"limits": {"cpu_s": 0}}, "cpu_s"),
        (STDIN | {"limits": {"memory_mb": "1"}}, "memory_mb"),
        (STDIN | {"limits": 3}, "not a mapping"),
        (STDIN | {"compare": "lines"}, "not a mapping"),
        (STDIN | {"compare": {"mode": "line"}}, "did you mean 'lines'"),
        (STDIN | {"compare": {"mode": "lines", "abs": 1}}, "unknown key 'abs'"),
        (STDIN | {"compare": {"mode": "float", "rel": -1}}, "tolerance -1"),
        (STDIN | {"compare": {"mode": "float", "rel": True}}, "tolerance True"),
        (STDIN | {"compare": {"mode": "float", "abs": float("inf")}}, "tolerance inf"),
        (STDIN | {"compare": {"mode": "checker"}}, "'program'"),
        (STDIN | {"language": 3}, "'language'"),
        (FUNCTION | {"entry_point": ""}, "'entry_point'"),
        (FUNCTION | {"entry_point": "f()"}, "not the name of a function"),
        (FUNCTION | {"language": "cpp"}, "for Python"),
        (FUNCTION | {"compare": {"mode": "tokens"}}, "did you mean"),
        (FUNCTION | {"tests": [{"args": 1, "expected": 2}]}, "args of test 1 is int"),
        (FUNCTION | {"tests": [{"args": [], "expected": float("nan")}]}, "nan, which equals nothing"),
        (FUNCTION | {"tests": [{"args": [{1}], "expected": 1}]}, "a set"),
        (FUNCTION | {"tests": [{"args": [], "expected": {1: 2}}]}, "a key that is int"),
        (FUNCTION | {"tests": [{"args": [], "expected": 10**5000, "x": 10**5000}]}, "unknown key 'x'"),
        (ASSERT | {"test": " "}, "'test'"),
        (ASSERT | {"tests": []}, "did you mean 'test'"),
    ],
)
def test_a_ground_truth_that_cannot_be_read_is_our_fault_and_says_what_to_do(truth, said):
    with pytest.raises(BadGroundTruth) as caught:
        read_ground_truth(truth)
    assert said in str(caught.value)
    verdict = verify_code("```\nprint(1)\n```", truth)
    assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("assert f(1) ==", "not Python"),
        ("assert f(1) == 2\x00", "not Python"),
        ("assert f(1) == g(2)", "calls f, g"),
        ("assert True", "calls none"),
    ],
)
def test_test_code_that_cannot_be_read_is_our_fault(test, said):
    verdict = verify_code("```\ndef f(x): return 2\n```", {"kind": "assert", "test": test})
    assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)
    assert said in verdict.note
