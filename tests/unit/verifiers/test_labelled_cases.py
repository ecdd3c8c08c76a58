"""The labelled cases, each by itself."""

import json
from pathlib import Path

import pytest

from verifiers import verify_choice, verify_countdown, verify_format, verify_math
from verifiers.math import equivalent

CASES = Path(__file__).parents[2] / "cases"


def rows(name):
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(row, id=row["id"]) for row in map(json.loads, lines)]


@pytest.mark.parametrize("row", rows("format.jsonl"))
def test_format(row):
    verdict = verify_format(row["completion"], opened=row["opened"])
    assert verdict.correct == row["right"]
    if row["right"]:
        assert verdict.answer == row["answer"]


@pytest.mark.parametrize("row", rows("choice.jsonl"))
def test_choice(row):
    assert verify_choice(row["completion"], row["ground_truth"]).correct == row["right"]


@pytest.mark.parametrize("row", rows("countdown.jsonl"))
def test_countdown(row):
    assert verify_countdown(row["completion"], row["ground_truth"]).correct == row["right"]


@pytest.mark.parametrize("row", rows("math.jsonl"))
def test_math(row):
    if "completion" in row:
        verdict = verify_math(row["completion"], row["ground_truth"])
    else:
        verdict = equivalent(row["answer"], row["ground_truth"])
    assert verdict.correct == row["right"], verdict
