"""Weighted sums of scores."""

import pickle

import pytest

from verifiers import R1_ZERO, VERIFIERS, Reason, Verdict, verify_format, verify_math, weighted

GOOD = "<think>2 + 2</think><answer>4</answer>"


def undecided(completion, ground_truth):
    return Verdict(None, Reason.UNDECIDED)


def test_the_value_is_the_weighted_sum():
    reward = weighted(math=(1.0, verify_math), format=(0.25, verify_format))(GOOD, "4")
    assert reward.value == 1.25
    assert R1_ZERO(GOOD, "5").value == 1.0
    assert list(reward.verdicts) == ["math", "format"]


def test_programs_are_scored_by_the_name_code():
    reward = weighted(code=(2.0, VERIFIERS["code"]), format=(0.5, verify_format))
    truth = {"kind": "function", "entry_point": "f", "tests": [{"args": [1], "expected": 2}]}
    text = "<think>so</think><answer>\n```python\ndef f(n): return {}\n```\n</answer>"
    assert reward(text.format("n + 1"), truth).value == 2.5
    assert pickle.loads(pickle.dumps(reward))(text.format("n"), truth).value == 0.5
    assert reward(text, {"kind": "function"}).value is None


def test_one_undecided_part_leaves_no_value_whatever_its_weight():
    reward = weighted(format=(1.0, verify_format), other=(0, undecided))(GOOD, "4")
    assert reward.value is None
    assert reward.verdicts["format"].correct


def test_a_reward_function_pickles():
    assert pickle.loads(pickle.dumps(R1_ZERO))(GOOD, "4") == R1_ZERO(GOOD, "4")


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ({}, ValueError, "at least one"),
        ({"math": verify_math}, TypeError, "math=.*pair"),
        ({"math": ("1", verify_math)}, TypeError, "weight of math"),
        ({"math": (float("nan"), verify_math)}, ValueError, "finite"),
        ({"math": (1.0, "verify_math")}, TypeError, "pass the function"),
    ],
)
def test_a_callers_mistake_is_named(parts, error, said):
    with pytest.raises(error, match=said):
        weighted(**parts)


@pytest.mark.parametrize("name", VERIFIERS)
def test_what_we_ship_is_callable_by_name(name):
    assert isinstance(VERIFIERS[name](GOOD, "4"), Verdict)
