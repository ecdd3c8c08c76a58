"""What a verdict may be."""

import pickle

import pytest

from verifiers import Reason, Reward, Verdict


def test_a_verdict_is_never_just_true():
    with pytest.raises(TypeError, match=r"use \.correct"):
        bool(Verdict(1.0, Reason.CORRECT))
    with pytest.raises(TypeError, match="None"):
        bool(Reward(None, {}))


@pytest.mark.parametrize("reason", Reason)
def test_the_score_is_none_exactly_where_the_fault_is_ours(reason):
    right, wrong = (None, 0.0) if reason.ours else (0.0, None)
    assert Verdict(right, reason).score == right
    with pytest.raises(ValueError, match=str(reason)):
        Verdict(wrong, reason)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_score_lies_from_0_to_1(score):
    with pytest.raises(ValueError, match="outside 0 to 1"):
        Verdict(score, Reason.WRONG)


@pytest.mark.parametrize(("score", "reason"), [(True, Reason.CORRECT), ("1", Reason.CORRECT), (0.0, "WRONG")])
def test_other_types_are_refused(score, reason):
    with pytest.raises(TypeError):
        Verdict(score, reason)


def test_a_verdict_pickles_and_cannot_be_changed():
    verdict = Verdict(0.5, Reason.WRONG, answer="4", details={"tests": [{"status": "AC"}]})
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    with pytest.raises(AttributeError):
        verdict.score = 1.0


def test_reasons_are_closed_and_print_as_their_names():
    assert len(Reason) == 13
    assert all(f"{reason}" == str(reason) == reason.name == reason.value for reason in Reason)
    assert Reason("UNDECIDED") is Reason.UNDECIDED
