"""Laws of what k samples say."""

import itertools
import random
from statistics import fmean

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grpo.scores import Judged, by_level, interval, majority, pass_at_k, score
from grpo.votes import same_answers, same_value, vote

verdicts = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=7)


def judged(right, votes=None, level=""):
    n = len(right)
    return Judged("a", level, right, votes, [5] * n, [False] * n)


@given(right=verdicts, data=st.data())
def test_pass_at_k_is_the_mean_over_all_choices_of_k(right, data):
    k = data.draw(st.integers(1, len(right)))
    chosen = [max(some) for some in itertools.combinations(right, k)]
    assert pass_at_k(len(right), int(sum(right)), k) == pytest.approx(fmean(chosen))


@given(samples=st.integers(1, 3_000), data=st.data())
@example(samples=10_000, data=None)
def test_pass_at_k_is_a_share_that_grows_with_k_and_with_what_is_right(samples, data):
    right, k = (5_000, 5_000) if data is None else (data.draw(st.integers(0, samples)) for _ in range(2))
    k = max(1, k)
    assert 0 <= pass_at_k(samples, right, k) <= 1
    assert pass_at_k(samples, right, 1) == pytest.approx(right / samples)
    if k < samples:
        assert pass_at_k(samples, right, k) <= pass_at_k(samples, right, k + 1)
    if right < samples:
        assert pass_at_k(samples, right, k) <= pass_at_k(samples, right + 1, k)


@pytest.mark.parametrize(("samples", "right", "k"), [(4, 1, 0), (4, 1, 5), (4, 5, 1), (4, -1, 1)])
def test_what_cannot_be_counted_is_refused(samples, right, k):
    with pytest.raises(ValueError, match="samples"):
        pass_at_k(samples, right, k)


@given(st.lists(st.one_of(st.none(), st.integers(0, 12).map(str)), max_size=12))
def test_votes_part_the_answers_by_equality_and_are_numbered_as_they_appear(answers):
    votes = vote(answers, lambda one, other: int(one) % 4 == int(other) % 4)
    assert [one is None for one in votes] == [answer is None for answer in answers]
    for one, other in itertools.combinations(range(len(answers)), 2):
        if answers[one] is not None and answers[other] is not None:
            assert (votes[one] == votes[other]) == (int(answers[one]) % 4 == int(answers[other]) % 4)
    assert list(dict.fromkeys(one for one in votes if one is not None)) == list(range(len({*votes} - {None})))


VALUES = [["0.5", "1/2", r"\frac12", r"\frac{2}{4}", "50\\%"], ["2", "2.0", "4/2"], ["{1,2}", "{2,1}"], ["x+1", "1+x"]]


@given(st.lists(st.sampled_from([(n, text) for n, same in enumerate(VALUES) for text in same]), max_size=8), st.data())
@settings(max_examples=25)
def test_the_majority_is_the_same_in_whatever_order_the_samples_come(said, data):
    """And ties too: each of the first answers counts its share."""
    shuffled = data.draw(st.permutations(said))

    def consensus(answers):
        return majority([float(n == 0) for n, _ in answers], vote([text for _, text in answers], same_value))

    if said:
        counts = [sum(n == own for n, _ in said) for own in range(len(VALUES))]
        share = (counts[0] == max(counts)) / counts.count(max(counts))
        assert consensus(said) == consensus(shuffled) == pytest.approx(share)


@pytest.mark.parametrize(
    ("answers", "right", "expected"),
    [
        (["0.5", r"\frac12", "3", "1/2"], [1, 1, 0, 1], 1),
        (["3", r"\frac12", "3", "1/2", "3.0"], [0, 1, 0, 1, 0], 0),
        ([None, None, "4", None], [0, 0, 1, 0], 1),
        ([None, None], [0, 0], 0),
        (["1", "2"], [0, 1], 0.5),
        (["{1,2}", "{2,1}", "3", "3", "{1, 2}"], [1, 1, 0, 0, 1], 1),
        (["3", "3", "4"], [None, None, 1], None),  # the majority's answer could not be decided
        ([None, None], [None, None], None),
        (["3", "3", "3"], [None, 1, 0], 0),  # no more than half of it is right
    ],
)
def test_the_majority_votes_by_value_and_not_by_text(answers, right, expected):
    right = [None if one is None else float(one) for one in right]
    assert majority(right, vote(answers, same_value)) == expected


CHOICES = {"answer": "B", "choices": ["4", "5", "6"]}
PUZZLE = {"numbers": [2, 3, 6], "target": 12}


@pytest.mark.parametrize(
    ("verifier", "ground_truth", "answers", "votes"),
    [
        ("math", "1/2", ["0.5", "1/2", r"\frac12", "2"], [0, 0, 0, 1]),
        ("math", "1/3", ["1/3", "0.333"], [0, 0]),  # as the verifier sees it in one of the two orders
        ("math", "1/3", ["0.333", "1/3"], [0, 0]),
        ("accuracy", "1/2", ["0.5", "1/2", r"\frac12", "2"], [0, 0, 0, 1]),
        ("accuracy", {"verifier": "math", "ground_truth": "x"}, ["a=3", "3", None, "007", "7"], [0, 0, None, 1, 1]),
        ("choice", "B", ["B", "(b)", "C", "A or B", "A  or B"], [0, 0, 1, 2, 2]),
        ("accuracy", CHOICES, ["B", "5", "(B) 5", "6", "C"], [0, 0, 0, 1, 1]),
        ("countdown", PUZZLE, ["(6-2)*3", "(6 - 2) × 3 = 12", "3*(6-2)", "6*2", "?"], [0, 0, 0, 1, 2]),
        ("countdown", PUZZLE | {"ordered": True}, ["(6-2)*3", "(6 - 2) × 3 = 12", "3*(6-2)"], [0, 0, 1]),
        ("accuracy", PUZZLE | {"question": "?"}, ["(6-2)*3", "6*2"], [0, 1]),
    ],
)
def test_answers_are_the_same_by_what_they_mean_for_the_task(verifier, ground_truth, answers, votes):
    assert vote(answers, same_answers(verifier, ground_truth)) == votes


@pytest.mark.parametrize(
    ("verifier", "ground_truth"),
    [
        ("code", {"kind": "stdin", "tests": []}),
        ("accuracy", {"kind": "stdin", "tests": []}),
        ("accuracy", {"verifier": "logic", "ground_truth": {"Zoey": "knight"}}),
        ("accuracy", {"nonsense": 1}),
        ("format", "4"),
        ("language", "4"),
    ],
)
def test_where_answers_have_no_equality_there_is_no_vote(verifier, ground_truth):
    assert same_answers(verifier, ground_truth) is None


def test_many_different_answers_are_compared_in_little_work(monkeypatch):
    """A thousand whole numbers are told apart without asking the verifier of mathematics once."""
    monkeypatch.setattr("grpo.votes.equivalent", None)
    assert vote([str(n) for n in range(1000)] * 2, same_value) == [*range(1000)] * 2


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


def test_the_interval_covers_the_truth_as_often_as_it_says(monkeypatch):
    monkeypatch.setattr("grpo.scores.RESAMPLES", 400)
    dice = random.Random(0)
    found = [interval([float(dice.random() < 0.4) for _ in range(60)]) for _ in range(200)]
    assert 0.9 <= fmean(low <= 0.4 <= high for low, high in found) <= 0.98


def test_undecided_completions_count_in_no_mean():
    found = score([judged([1.0, None, 0.0]), judged([None, 1.0, 1.0]), judged([0.0, 1.0, 0.0])], 3, [2])
    assert found["pass@1"] == pytest.approx((1 / 2 + 1 + 1 / 3) / 3)
    assert found["undecided"] == 2
    assert found["pass@2"] == pytest.approx((1 + 1 + 2 / 3) / 3)
    assert found["pass@3"] == 1  # of the third task alone: the others have two decided completions
    assert "cons@3" not in found


def test_where_nothing_could_be_decided_there_is_no_figure():
    found = score([judged([None, None], [0, 1])], 2)
    assert (found["pass@1"], found["pass@2"], found["cons@2"], found["undecided"]) == (None, None, None, 2)


def test_a_vote_is_over_the_tasks_that_have_one():
    found = score([judged([1.0, 1.0], [0, 0]), judged([0.0, 0.0])], 2)
    assert (found["cons@2"], found["tasks with votes"]) == (1.0, 1)


def test_levels_are_scored_apart_and_stand_in_their_order():
    tasks = [("10", 1.0), ("2", 0.0), ("2", 1.0), ("", 0.0), ("hard", None)]
    found = by_level([judged([right], level=level) for level, right in tasks], 1)
    assert [(level, scores["pass@1"]) for level, scores in found.items()] == [("2", 0.5), ("10", 1.0), ("hard", None)]
