"""Facts about countdown: ground truths that cannot be used, and what a solver may write."""

import numpy
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


TWELVE = {"numbers": [2, 3, 6], "target": 12}
FENCE = "```"


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        *((answer, 1) for answer in ("(6-2)*3.", "(6-2)*3 .", "**(6-2)*3**", "`(6-2)*3`", "**`(6-2)*3`**.", "[6-2]*3")),
        *((f"{FENCE}{tag}\n(6-2)*3\n{FENCE}", 1) for tag in ("", "python")),
        *(
            (answer, 1)
            for answer in (
                "\\[(6-2)\\times 3\\]",
                "\\(\\left[6-2\\right]\\cdot\\,3\\)",
                "（6－2）＊3＝12。",
                "（6-2）×3",
            )
        ),
        *((answer, 1) for answer in ("(6-2)*3 = 4*3 = 12", "12 = (6-2)*3", "12 = 4 * 3 = (6-2)*3", "(6-2)*3 = 12.")),
        *(
            (answer, 0)
            for answer in ("(6-2)*3..", "(6-2)*3.0", "(6-2).*3", "*(6-2)*3*", "**(6-2)**3**", "(6-2)**3", "-`(6-2)*3`")
        ),
        *(
            (answer, 0)
            for answer in ("[6-2)*3", "(6-2]*3", "[(6-2]*3)", "6-2]*3[", "(6-2)*3]", "{6-2}*3", "(6-2)3", "6\\left2*1")
        ),
        *(
            (answer, 0)
            for answer in ("(6-2)*3 = 4*3 = 13", "(6-2)*3 = 5*3 = 12", "(6-2)*3 = 3*(6-2) = 12", "13 = (6-2)*3")
        ),
        *(
            (answer, 0)
            for answer in ("4*3 = 12", "12 = 12", "(6-2)*3 = 4*3", "(6-2)*3 = = 12", "(6-2)*3 == 12", "= 12", "12 =")
        ),
        *(
            (answer, 0)
            for answer in ("6*2 = 12", "12 = 4*3 = 12", "(6-2)*3 = 12 = 10+1+1", "(6-2)*3 = 12.0", "(6-2)*3 = --12")
        ),
    ],
)
def test_how_an_expression_is_written(answer, score):
    assert verify_countdown(f"<answer>{answer}</answer>", TWELVE).score == score
    assert verify_countdown(f"<answer>{answer}</answer>", {**TWELVE, "target": 13}).score == 0
    assert verify_countdown(f"<answer>{answer}</answer>", {**TWELVE, "numbers": [2, 3, 6, 1]}).score == 0


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        *((rf"\{frac}{{6}}{{3}} \times 2", 1) for frac in ("frac", "dfrac", "tfrac")),
        *(
            (answer, 1)
            for answer in (
                r"2 \cdot \frac{6}{3} = 4",
                r"\boxed{\frac{6}{3} \times 2}",
                r"\frac{2 \cdot 6}{3}",
                r"\frac{6}{\frac{3}{2}}",
            )
        ),
        *(
            (answer, 0)
            for answer in (
                r"2\frac{6}{3}",
                r"\frac{6}{3}2",
                r"\frac63*2",
                r"\frac{6)*(2}{3}",
                r"\frac{6}*2",
                r"\frac{}{3}",
                r"\frac{6}{3} + 2 - 0",
            )
        ),
        *(
            (answer, 0)
            for answer in (r"\frac{6}{2} + 3", r"\frac{6}{3 \times 2", r"\frac{6}{3}} \times 2", r"\frac{6}{0} * 3 * 2")
        ),
    ],
)
def test_a_fraction_is_a_division(answer, score):
    truth = {"numbers": [2, 3, 6], "target": 4}
    assert verify_countdown(f"<answer>{answer}</answer>", truth).score == score
    assert verify_countdown(f"<answer>{answer}</answer>", {**truth, "operators": "+-*"}).score == 0


def test_a_full_stop_may_end_an_answer_line():
    assert verify_countdown("Answer: (6-2)*3.", TWELVE).correct
    assert verify_countdown("Answer: 12 = 12", {"numbers": [12], "target": 12}).correct


def test_numbers_may_come_as_numpy_gives_them():
    truth = {"numbers": numpy.array([2, 3, 6]), "target": numpy.int64(12), "ordered": numpy.bool_(False)}
    assert verify_countdown("<answer>(6-2)*3</answer>", truth).correct
    assert verify_countdown("<answer>(6-3)*2</answer>", truth).score == 0
    assert verify_countdown("<answer>(6-2)*3</answer>", {**truth, "numbers": [*truth["numbers"]]}).correct
    for bad in (numpy.array([2.5, 3, 6]), numpy.array([[2, 3, 6]]), numpy.array(2), numpy.array([True])):
        assert verify_countdown("<answer>1</answer>", {**truth, "numbers": bad}).reason is Reason.BAD_GROUND_TRUTH


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


class Mute:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize("key", ["numbers", "target", "operators", "ordered", Mute()])
def test_a_ground_truth_that_cannot_be_shown_gets_a_verdict(key):
    for value in (Mute(), [Mute()]):
        verdict = verify_countdown("<answer>12</answer>", {**TWELVE, key: value})
        assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)
