"""The common laws: one row a verifier, every law for each."""

import functools
import pickle
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.scripted_judge import strict
from tests.strategies import anything
from verifiers import (
    Reason,
    Verdict,
    verify_choice,
    verify_code,
    verify_countdown,
    verify_format,
    verify_logic,
    verify_math,
    verify_reasoning_gym,
)
from verifiers.judge import Judge, judge_answer
from verifiers.math import equivalent

PUZZLE = {"numbers": [2, 3, 6], "target": 12}
PRINTS_7 = {"kind": "stdin", "tests": [{"input": "", "output": "7\n"}]}
ROLES = {"Zoey": "knight", "Oliver": "knave"}
LEGS = {"dataset": "leg_counting", "entry": {"question": "?", "answer": "26", "metadata": {}}}
JUDGED = functools.partial(judge_answer, judge=Judge(strict))
# verifier, a ground truth, an answer that accepts it, a wrong answer
ROWS = [
    pytest.param(verify_math, "3/4", "3/4", "4/3", id="math"),
    pytest.param(verify_format, None, "3/4", "</answer><answer>4/3", id="format"),
    pytest.param(verify_countdown, PUZZLE, "(6 - 2) * 3", "6 * 2 + 3", id="countdown"),
    pytest.param(verify_code, PRINTS_7, "```\nprint(7)\n```", "```\nprint(8)\n```", id="code"),
    pytest.param(JUDGED, "Paris", "PARIS", "Rome", id="judge"),
    pytest.param(verify_choice, "B", "B", "C", id="choice"),
    pytest.param(verify_choice, {"answer": "B", "choices": ["4", "5", "5 m"]}, "5", "4", id="choice-text"),
    pytest.param(verify_logic, ROLES, "Zoey: knight, Oliver: knave", "Zoey: knave, Oliver: knight", id="logic"),
    pytest.param(verify_reasoning_gym, LEGS, "26", "27", id="reasoning-gym"),
]
each_verifier = pytest.mark.parametrize(("verifier", "ground_truth", "right", "wrong"), ROWS)
HOSTILE = [
    "\\boxed{",
    "<answer>",
    "</think>",
    "<think>",
    "{",
    "(",
    "1+",
    "-",
    "^",
    "\\frac",
    "$",
    "9",
    " ",
    "\u200b",
    "answer",
]


def completed(answer: str) -> str:
    return f"<think>so</think><answer>{answer}</answer>"


def decided(verdict: Verdict) -> Verdict:
    """The verdict without what it measured."""
    kept = {key: value for key, value in verdict.details.items() if key not in ("latency_s", "cached", "attempts")}
    tests = [test["status"] for test in verdict.details.get("tests", [])]
    return replace(verdict, details={**kept, "tests": tests})


@each_verifier
@given(text=anything)
@example("")
@example("\ud800")
def test_any_text_gets_the_same_verdict_twice(verifier, ground_truth, right, wrong, text):
    if verifier is verify_math:
        text = text.replace("\\", "")  # what needs Math-Verify has laws of its own
    first = verifier(text, ground_truth)
    assert isinstance(first, Verdict)
    assert decided(first) == decided(verifier(text, ground_truth))
    assert pickle.loads(pickle.dumps(first)) == first


@each_verifier
@given(text=anything)
def test_an_answer_of_any_text_gets_a_verdict(verifier, ground_truth, right, wrong, text):
    if verifier is verify_math:
        verdict = equivalent(text, ground_truth, fallback=False)
        assert verdict.score in (0.0, 1.0) or verdict.reason is Reason.UNDECIDED
    else:
        assert verifier(completed(text), ground_truth).score in (0.0, 1.0)


@each_verifier
def test_the_verdict_is_the_same_from_a_thread(verifier, ground_truth, right, wrong):
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(verifier(completed(right), ground_truth)))
    thread.start()
    thread.join()
    assert decided(verdicts[0]) == decided(verifier(completed(right), ground_truth))


@each_verifier
def test_the_ground_truth_accepts_itself(verifier, ground_truth, right, wrong):
    assert verifier(completed(right), ground_truth).correct


@each_verifier
@given(at_start=st.booleans(), separator=st.sampled_from([", ", " or ", " and ", "\n", "; ", " not "]))
def test_one_wrong_answer_more_never_helps(verifier, ground_truth, right, wrong, at_start, separator):
    if verifier is verify_code and at_start and separator == "\n":
        separator = "\n```\n"  # of two whole programs the last counts; here it is the text between two fences
    both = f"{wrong}{separator}{right}" if at_start else f"{right}{separator}{wrong}"
    assert verifier(completed(both), ground_truth).score == 0
    assert verifier(completed(wrong), ground_truth).score == 0


@each_verifier
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_is_read_in_linear_time(verifier, ground_truth, right, wrong, piece):
    flood = piece * (1_000_000 // len(piece))
    start = time.process_time()
    for text in (flood, completed(flood), f"\\boxed{{{flood}}}", f"Answer: {flood}"):
        assert verifier(text, ground_truth).score in (0.0, 1.0)
    assert time.process_time() - start < 8  # quadratic takes hours


@each_verifier
@pytest.mark.parametrize("completion", [None, b"4", 4, ["4"]])
def test_a_completion_that_is_not_text_is_the_callers_mistake(verifier, ground_truth, right, wrong, completion):
    with pytest.raises(TypeError, match="pass the str"):
        verifier(completion, ground_truth)
