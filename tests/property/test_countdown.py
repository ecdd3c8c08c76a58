"""Laws of the countdown puzzle."""

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import anything, puzzles
from verifiers import Reason, verify_countdown


def said(expression: object, ground_truth: object) -> float | None:
    return verify_countdown(f"<answer>{expression}</answer>", ground_truth).score


@given(puzzles())
def test_a_right_expression_is_right_in_any_dress(puzzle):
    text, truth = puzzle
    for dress in (text, f"{text} = {truth['target']}", f"\\boxed{{{text}}}", text.replace("*", "×").replace("-", "−")):
        assert said(dress, truth) == 1
    for dress in ("{}.", "`{}`", "**{}**", "```\n{}\n```", "\\[{}\\]", "[{}]", "（{}）"):
        assert said(dress.format(text), truth) == 1
    assert said(text, {**truth, "ordered": True}) == 1


@given(puzzles(), st.integers(-9, 9))
def test_every_side_of_an_equality_must_be_the_target(puzzle, off):
    text, truth = puzzle
    target = truth["target"]
    step = f"{target + off}"
    assert said(f"{target} = {text}", truth) == 1
    for sides in ([text, step, target], [step, text, target], [target, step, text]):
        assert said(" = ".join(map(str, sides)), truth) == (off == 0)
    assert said(f"{text} = {text} = {target}", truth) == float(text == str(target))


@given(puzzles(), st.integers(-9, 9).filter(bool))
def test_another_target_is_wrong(puzzle, off):
    text, truth = puzzle
    assert said(text, {**truth, "target": truth["target"] + off}) == 0
    assert said(f"{text} = {truth['target'] + off}", truth) == 0


@given(puzzles(), st.integers(1, 50))
def test_each_number_is_used_exactly_once(puzzle, number):
    text, truth = puzzle
    assert said(f"{text} + {number} - {number}", truth) == 0
    assert said(text, {**truth, "numbers": [*truth["numbers"], number]}) == 0
    assert said(text, {**truth, "numbers": truth["numbers"][1:]}) == 0
    assert said(truth["target"], truth) == 0


@given(
    puzzles(),
    st.sampled_from(["0{}", "{}.0", "{}!", "-(-({}))+-0", "--{}", "{}e0", "({})^1", "{}//1", "abs({})"]),
)
def test_tricks_that_no_honest_solver_needs_are_wrong(puzzle, trick):
    text, truth = puzzle
    assert said(trick.format(text), truth) == 0


@given(puzzles())
def test_a_leading_plus_changes_nothing(puzzle):
    text, truth = puzzle
    assert said(f"+{text}", truth) == said(text, truth) == 1


@given(puzzles(), st.sampled_from("+-*"))
def test_an_operator_outside_the_puzzle_is_wrong(puzzle, kept):
    text, truth = puzzle
    assert said(text, {**truth, "operators": kept}) == float(not set(text) & set("+-*") - {kept})


@given(anything)
def test_any_answer_gets_a_decided_verdict(text):
    assert said(text, {"numbers": [1, 7], "target": 8}) in (0.0, 1.0)


@given(st.one_of(st.none(), st.text(), st.integers(), st.dictionaries(st.text(), st.integers())))
def test_any_ground_truth_gets_a_verdict(ground_truth):
    assert verify_countdown("<answer>1</answer>", ground_truth).reason is Reason.BAD_GROUND_TRUTH
