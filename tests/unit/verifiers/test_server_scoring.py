import json
from decimal import Decimal

import pytest

from verifiers import R1_ZERO, Reason, Reward, Verdict
from verifiers.metrics import Metrics
from verifiers.server.scoring import said


@pytest.mark.parametrize("ground_truth", ["4", "5", ""])
def test_a_sum_is_counted_as_metrics_would_count_it(ground_truth):
    answer = R1_ZERO("<think>a</think><answer>4</answer>", ground_truth)
    theirs, ours = Metrics(), Metrics()
    theirs.add("r1_zero", answer)
    for counted in said("r1_zero", answer).counted:
        ours.count(*counted)
    assert ours.snapshot() == theirs.snapshot()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", Decimal(1), 1j, [1.0]])
def test_what_is_no_finite_number_is_no_reward(value):
    found = said("mine", Reward(value, {}))
    assert (found.number, found.reason) == (None, "VERIFIER_FAILED")
    assert found.note.startswith("the reward's value is ")
    assert json.loads(found.line)["score"] is None


def test_a_sum_without_a_value_says_whose_fault():
    parts = {"a": Verdict(1.0, Reason.CORRECT), "b": Verdict(None, Reason.SANDBOX_FAILED, note="no slot")}
    found = said("mine", Reward(None, parts))
    assert (found.number, found.reason, found.note) == (None, "SANDBOX_FAILED", "no slot")
    assert said("mine", Reward(None, {})).reason == "UNDECIDED"


def test_only_plain_values_leave_the_worker():
    class Text(str):
        __slots__ = ()

    assert type(said("mine", Verdict(1.0, Reason.CORRECT, note=Text("a"))).note) is str
