"""Rows written to the conventions by somebody who had not seen the verifier: errors on average, not one by one."""

import json
from pathlib import Path
from statistics import fmean

from verifiers import Reason, verify_language

FILE = Path(__file__).parents[2] / "cases" / "language_blind.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").strip().split("\n")]


def errors(*kinds: str) -> list[float]:
    rows = [row for row in ROWS if row["note"].startswith(kinds) and row["share"] is not None]
    return [abs(verify_language(row["text"], language=row["language"]).score - row["share"]) for row in rows]


def test_the_share_is_right_on_average_and_mostly_near():
    found = errors("pure", "wrong", "sentence", "same-script", "word-level", "three", "misc", "non-language")
    assert len(found) > 400
    assert fmean(found) < 0.02
    assert sum(error <= 0.1 for error in found) > 0.95 * len(found)


def test_what_is_no_language_earns_nothing():
    for row in ROWS:
        if row["share"] is None:
            verdict = verify_language(row["text"], language=row["language"])
            assert (verdict.score, verdict.reason) == (0.0, Reason.NO_ANSWER), row
