"""Facts about countdown: ground truths that cannot be used, and what a solver may write."""

import pytest

from verifiers import Reason, verify_countdown

TRUTH = {"numbers": [25, 3, 7], "target": 4}
PUZZLE = '{"numbers": [7, 3, 2, 5], "target": 13, "operators": "+-", "ordered": true}'

ANSWERS = [
    ("25 - 3 * 7", 1.0),
    ("25 − 3 × 7 = 4", 1.0),
    ("$25 - 3 \\times 7$", 1.0),
    ("-3 * 7 + 25", 1.0),
    ("25 - 3 * 7 = 5", 0.0),
    ("25 - 3 * 7 = 2 + 2", 0.0),
    ("4", 0.0),
    ("25 - 21", 0.0),
    ("25 / (3 - 3) + 7", 0.0),
    ("25 - 37", 0.0),
    ("(25 - 3 * 7", 0.0),
    ("__import__('os')", 0.0),
    ("(" * 1000 + "25 - 3 * 7" + ")" * 1000, 0.0),
]


@pytest.mark.parametrize(("answer", "score"), ANSWERS)
def test_answers(answer, score):
    verdict = verify_countdown(f"<answer>{answer}</answer>", TRUTH)
    assert verdict.score == score
    assert bool(verdict.note) == (score == 0)


def test_the_sign_puzzle_keeps_the_order():
    assert verify_countdown("<answer>7+3-2+5</answer>", PUZZLE).correct
    assert verify_countdown("<answer>3+7-2+5</answer>", PUZZLE).score == 0
    assert verify_countdown("<answer>7+3*2+5</answer>", PUZZLE).score == 0


@pytest.mark.parametrize(
    ("ground_truth", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ([], "not a mapping"),
        ({"numbers": [1]}, "no 'target'"),
        ({"number": [1], "target": 1}, "did you mean 'numbers'"),
        ({"numbers": [], "target": 1}, "numbers"),
        ({"numbers": [1.5], "target": 1}, "1.5"),
        ({"numbers": [True], "target": 1}, "True"),
        ({"numbers": [-1], "target": 1}, "-1"),
        ({"numbers": [1], "target": "1"}, "target"),
        ({"numbers": [1], "target": 1, "operators": "^"}, "operators"),
        ({"numbers": [1], "target": 1, "ordered": 1}, "ordered"),
    ],
)
def test_a_bad_ground_truth_is_named(ground_truth, said):
    verdict = verify_countdown("<answer>1</answer>", ground_truth)
    assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)
    assert said in verdict.note
