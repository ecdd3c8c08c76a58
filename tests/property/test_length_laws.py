"""Laws of lengths, and of repetition."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import anything
from verifiers import Reason, Verdict
from verifiers.length import (
    cosine_length,
    cosine_reward,
    no_repetition,
    repeated,
    soft_overlong,
    soft_overlong_penalty,
    text_units,
)

lengths = st.integers(0, 3000)
tokens = st.lists(st.integers(0, 2), max_size=60)
LIMITS = [{"max_tokens": 1000, "buffer": 300}, {"max_tokens": 1000, "buffer": 1000}, {"max_tokens": 1, "buffer": 1}]


def says(completion: str, ground_truth: object) -> Verdict:
    """The ground truth is the score."""
    return Verdict(ground_truth, Reason.UNDECIDED if ground_truth is None else Reason.WRONG)


VERIFIERS = [soft_overlong(max_tokens=20, buffer=9), cosine_length(says, max_tokens=30), no_repetition(n=3)]


@given(shorter=lengths, longer=lengths, limits=st.sampled_from(LIMITS))
def test_overlong_never_rises_with_length_and_has_no_jump(shorter, longer, limits):
    shorter, longer = sorted((shorter, longer))
    high, low = soft_overlong_penalty(shorter, **limits), soft_overlong_penalty(longer, **limits)
    assert -1 <= low <= high <= 0
    assert high - low <= (longer - shorter) / limits["buffer"] + 1e-12
    assert soft_overlong(**limits)("", tokens=longer).score == 1 + low


@given(shorter=lengths, longer=lengths)
def test_right_falls_and_wrong_rises_up_to_the_maximum_and_stays_beyond(shorter, longer):
    shorter, longer = sorted((shorter, longer))
    for correct, sign in ((True, 1), (False, -1)):
        first, last = (cosine_reward(n, correct, max_tokens=1000, exceeding=None) for n in (shorter, longer))
        assert sign * first >= sign * last
        assert (
            abs(first - last) <= (longer - shorter) * 10 * 1.5708 / 1000 + 1e-12
        )  # no jump: its steepest is a half of pi
        if shorter >= 1000:
            assert first == last == (1 if correct else 0)


@given(one=lengths, other=lengths)
def test_right_is_worth_more_than_wrong_at_any_two_lengths_within_the_maximum(one, other):
    right, wrong = cosine_reward(one % 1000, True, max_tokens=1000), cosine_reward(other % 1000, False, max_tokens=1000)
    assert right >= 1 > 0 >= wrong >= -10


@given(length=lengths, score=st.sampled_from([None, 0.0, 0.5, 1.0]), exceeding=st.sampled_from([None, -10.0, -2.0]))
def test_score_times_span_is_the_papers_value_less_the_lowest(length, score, exceeding):
    verifier = cosine_length(says, max_tokens=1000, exceeding=exceeding)
    verdict = verifier("", score, tokens=length)
    if score is None:
        assert verdict.score is None
        assert verdict.reason is Reason.UNDECIDED
    else:
        value = cosine_reward(length, score == 1, max_tokens=1000, exceeding=exceeding)
        assert verdict.score * verifier.span + verifier.lowest == pytest.approx(value)


@given(tokens=tokens, n=st.integers(1, 9))
def test_what_is_marked_is_what_the_algorithm_marks(tokens, n):
    seen, marks = set(), [False] * len(tokens)
    for place in range(len(tokens) - n + 1):
        run = tuple(tokens[place : place + n])
        if run in seen:
            marks[place : place + n] = [True] * n
        seen.add(run)
    assert repeated(tokens, n) == marks
    assert no_repetition(n=n)("", tokens=tokens).score == (1 - sum(marks) / len(marks) if marks else 1)


@given(tokens=tokens, n=st.integers(1, 9))
def test_saying_it_all_again_marks_the_second_time_at_least(tokens, n):
    again = repeated(tokens + tokens, n)
    assert len(tokens) < n or all(again[len(tokens) :])


@given(text=anything, more=anything)
def test_more_text_is_never_fewer_units_but_for_what_joins(text, more):
    assert len(text_units(text + more)) >= max(len(text_units(text)), len(text_units(more)) - 1)


@pytest.mark.parametrize("verifier", VERIFIERS)
@given(text=anything)
def test_any_text_gets_the_same_verdict_twice(verifier, text):
    assert 0 <= verifier(text, 1.0).score <= 1
    assert verifier(text, 1.0) == verifier(text, 1.0)


@pytest.mark.parametrize("verifier", [VERIFIERS[0], no_repetition()])
@pytest.mark.parametrize("piece", ["a", "a ", "\n", "四"])
def test_a_megabyte_of_anything_is_measured_in_linear_time(verifier, piece):
    start = time.process_time()
    assert 0 <= verifier(piece * (1_000_000 // len(piece)), 1.0).score <= 1
    assert time.process_time() - start < 8
