"""Laws of what k samples say."""

import itertools
from fractions import Fraction
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grpo.config import RecipeError
from grpo.scores import Judged, by_level, classes, interval, majority, pass_at_k, score

verdicts = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=7)


def judged(right, answers=None, level=""):
    n = len(right)
    return Judged("a", level, right, answers or [None] * n, [5] * n, [False] * n)


@given(right=verdicts, data=st.data())
def test_pass_at_k_is_the_mean_over_all_choices_of_k(right, data):
    k = data.draw(st.integers(1, len(right)))
    chosen = [max(some) for some in itertools.combinations(right, k)]
    assert pass_at_k(len(right), int(sum(right)), k) == pytest.approx(fmean(chosen))


@pytest.mark.parametrize(("samples", "right", "k"), [(4, 1, 0), (4, 1, 5), (4, 5, 1), (4, -1, 1)])
def test_what_cannot_be_counted_is_refused(samples, right, k):
    with pytest.raises(ValueError, match="samples"):
        pass_at_k(samples, right, k)


@given(st.lists(st.one_of(st.none(), st.integers(0, 12)), max_size=12))
def test_classes_part_the_answers_by_equality_and_stand_by_size(answers):
    found = classes(answers, lambda one, other: one % 4 == other % 4)
    assert sorted(itertools.chain(*found)) == [place for place, answer in enumerate(answers) if answer is not None]
    assert all(len({answers[place] % 4 for place in members}) == 1 for members in found)
    assert len(found) == len({answer % 4 for answer in answers if answer is not None})
    assert [len(members) for members in found] == sorted(map(len, found), reverse=True)


@pytest.mark.parametrize(
    ("answers", "right", "expected"),
    [
        (["0.5", r"\frac12", "3", "1/2"], [1, 1, 0, 1], 1),
        (["3", r"\frac12", "3", "1/2", "3.0"], [0, 1, 0, 1, 0], 0),
        ([None, None, "4", None], [0, 0, 1, 0], 1),
        ([None, None], [0, 0], 0),
        (["1", "2"], [0, 1], 0),  # a tie goes to the answer that came first
        (["{1,2}", "{2,1}", "3", "3", "{1, 2}"], [1, 1, 0, 0, 1], 1),
    ],
)
def test_the_majority_votes_by_value_and_not_by_text(answers, right, expected):
    assert majority(judged(list(map(float, right)), answers)) == expected


@settings(max_examples=10)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 9))
def test_the_interval_lies_among_the_values_and_repeats(values, seed):
    low, high = interval(values, seed=seed)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert interval(values, seed=seed) == (low, high)


def test_the_interval_is_the_binomials_for_many_tasks():
    low, high = interval([0.0, 1.0] * 200)
    assert low == pytest.approx(0.5 - 1.96 * (0.25 / 400) ** 0.5, abs=0.005)
    assert high == pytest.approx(0.5 + 1.96 * (0.25 / 400) ** 0.5, abs=0.005)


def test_undecided_completions_count_in_no_mean():
    found = score([judged([1.0, None, 0.0]), judged([None, 1.0, 1.0])], 3)
    assert found["pass@1"] == 0.75
    assert found["undecided"] == 2
    assert found["pass@3"] == 1
    with pytest.raises(RecipeError, match="not one completion could be decided"):
        score([judged([None, None])], 2)


def test_levels_are_scored_apart():
    found = by_level([judged([1.0], level="1"), judged([0.0], level="2"), judged([1.0], level="2"), judged([0.0])], 1)
    assert {level: scores["pass@1"] for level, scores in found.items()} == {"1": 1.0, "2": Fraction(1, 2)}
