"""The table of the trainer's laws names tests that are there."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_law_names_tests_that_are_there():
    table = (TESTS / "README.md").read_text(encoding="utf-8").partition("## The laws of the trainer")[2]
    rows = dict(re.findall(r"^\| (\d+) \|(.*)\|$", table, re.M))
    assert list(rows) == [str(number) for number in range(1, 18)]
    there = {
        name for file in TESTS.rglob("test_*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)
    }
    named = re.findall(r"`(test_\w+)`", "".join(rows.values()))
    assert len(named) > 25
    assert not set(named) - there
