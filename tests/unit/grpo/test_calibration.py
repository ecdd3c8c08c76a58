"""Calibration: figures on constructed scores."""

import math
import random

import pytest

from grpo.calibration import Scored, calibration, correlation, expected_error, reliability, table


def pair(margin, chosen_length=5, rejected_length=5):
    return [Scored(1, margin, chosen_length), Scored(-1, 0.0, rejected_length)]


def logit(chance):
    return math.log(chance / (1 - chance))


def test_chances_that_hold_have_no_error_and_bold_ones_have_theirs():
    right = [pair(logit(0.8))] * 8 + [pair(-logit(0.8))] * 2
    found = calibration(right)
    assert found["accuracy"] == 0.8
    assert found["ece"] == pytest.approx(0, abs=1e-12)
    bold = [pair(logit(0.95))] * 7 + [pair(-logit(0.95))] * 3
    assert calibration(bold)["ece"] == pytest.approx(0.25)
    assert [(one["from"], one["count"]) for one in calibration(bold)["reliability"]] == [(0.0, 10), (0.9, 10)]
    (low, high) = calibration(bold)["reliability"]
    assert (high["predicted"], high["observed"]) == (pytest.approx(0.95), pytest.approx(0.7))
    assert (low["predicted"], low["observed"]) == (pytest.approx(0.05), pytest.approx(0.3))


def test_pairs_count_in_both_orders_so_an_untaught_model_is_calibrated():
    found = calibration([pair(0.0)] * 4)
    assert (found["accuracy"], found["ece"]) == (0.5, 0.0)


def test_scores_drawn_by_their_own_chances_are_calibrated_and_stretched_ones_are_not():
    dice = random.Random(0)
    rows = []
    for _ in range(4000):
        margin = dice.gauss(0, 1.5)
        rows.append(pair(margin if dice.random() < 1 / (1 + math.exp(-margin)) else -margin))
    assert calibration(rows)["ece"] < 0.02
    stretched = [pair(3 * row[0].reward) for row in rows]
    assert calibration(stretched)["ece"] > 0.1
    assert calibration(stretched)["accuracy"] == calibration(rows)["accuracy"]


def test_accuracy_is_split_by_which_side_is_longer():
    rows = [pair(1, 9, 2), pair(1, 9, 2), pair(-1, 9, 2), pair(-1, 2, 9), pair(1, 4, 4)]
    found = calibration(rows)
    assert found["accuracy"] == pytest.approx(3 / 5)
    assert (found["accuracy_longer"], found["rows_longer"]) == (pytest.approx(2 / 3), 3)
    assert (found["accuracy_shorter"], found["rows_shorter"]) == (0.0, 1)


def test_points_are_split_into_safe_and_unsafe():
    rows = [[Scored(1, 2.0, 3)], [Scored(1, -1.0, 3)], [Scored(-1, -2.0, 4)]]
    found = calibration(rows)
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert (found["accuracy_safe"], found["accuracy_unsafe"]) == (0.5, 1.0)
    certain = calibration([[Scored(1, 50.0, 3)], [Scored(-1, -50.0, 4)]])
    assert certain["ece"] == pytest.approx(0, abs=1e-12)
    assert certain["reliability"][0]["observed"] == 0.0
    assert calibration([[Scored(1, -50.0, 3)], [Scored(-1, 50.0, 4)]])["ece"] == pytest.approx(1)


def test_the_pull_of_length_is_a_correlation():
    assert calibration([pair(2.0, 20, 0), pair(5.0, 50, 0)])["length_correlation"] == pytest.approx(1)
    assert calibration([pair(-2.0, 20, 0), pair(-5.0, 50, 0)])["length_correlation"] == pytest.approx(-1)
    assert correlation([1, 1], [2, 3]) is None


def test_the_error_is_weighted_by_count():
    bins = reliability([0.05, 0.15, 0.15, 0.15, 1.0], [1.0, 0.0, 0.0, 0.0, 1.0])
    assert [one["count"] for one in bins] == [1, 3, 1]
    assert expected_error(bins) == pytest.approx((0.95 + 3 * 0.15 + 0) / 5)


def test_the_table_shows_the_figures():
    shown = table(calibration([pair(1, 9, 2), pair(-1, 2, 9)]))
    assert "ranked right" in shown
    assert "where chosen is longer" in shown
    assert "50.0%  of 2" in shown
    assert "where unsafe" in table(calibration([[Scored(-1, 1.0, 3)], [Scored(1, 1.0, 3)]]))
