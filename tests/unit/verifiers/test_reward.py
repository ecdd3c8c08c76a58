"""Weighted sums of scores."""

import pickle

import pytest

from verifiers import (
    R1_GENERAL,
    R1_REASONING,
    R1_ZERO,
    VERIFIERS,
    Reason,
    Verdict,
    verify_format,
    verify_language,
    verify_math,
    weighted,
)
from verifiers.accuracy import verify_accuracy
from verifiers.general import General

GOOD = "<think>2 + 2</think><answer>4</answer>"


def undecided(completion, ground_truth):
    return Verdict(None, Reason.UNDECIDED)


def always(completion, ground_truth):
    return Verdict(1.0, Reason.CORRECT)


def judge(completion, ground_truth):
    """It says what it was given."""
    return Verdict(0.5, Reason.CORRECT, answer=f"{ground_truth['question']}|{completion}")


def test_the_value_is_the_weighted_sum():
    reward = weighted(math=(1.0, verify_math), format=(0.25, verify_format))(GOOD, "4")
    assert reward.value == 1.25
    assert R1_ZERO(GOOD, "5").value == 1.0
    assert list(reward.verdicts) == ["math", "format"]


def test_programs_are_scored_by_the_name_code():
    reward = weighted(code=(2.0, VERIFIERS["code"]), format=(0.5, verify_format))
    truth = {"kind": "function", "entry_point": "f", "tests": [{"args": [1], "expected": 2}]}
    text = "<think>so</think><answer>\n```python\ndef f(n): return {}\n```\n</answer>"
    assert reward(text.format("n + 1"), truth).value == 2.5
    assert pickle.loads(pickle.dumps(reward))(text.format("n"), truth).value == 0.5
    assert reward(text, {"kind": "function"}).value is None


def test_one_undecided_part_leaves_no_value_whatever_its_weight():
    reward = weighted(format=(1.0, verify_format), other=(0, undecided))(GOOD, "4")
    assert reward.value is None
    assert reward.verdicts["format"].correct


def test_a_reward_function_pickles():
    assert pickle.loads(pickle.dumps(R1_ZERO))(GOOD, "4") == R1_ZERO(GOOD, "4")


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ({}, ValueError, "at least one"),
        ({"math": verify_math}, TypeError, "math=.*pair"),
        ({"math": ("1", verify_math)}, TypeError, "weight of math"),
        ({"math": (float("nan"), verify_math)}, ValueError, "finite"),
        ({"math": (1.0, "verify_math")}, TypeError, "pass the function"),
    ],
)
def test_a_callers_mistake_is_named(parts, error, said):
    with pytest.raises(error, match=said):
        weighted(**parts)


@pytest.mark.parametrize("name", VERIFIERS)
def test_what_we_ship_is_callable_by_name(name):
    assert isinstance(VERIFIERS[name](GOOD, "4"), Verdict)


def test_a_closed_gate_lets_no_other_part_earn_and_every_penalty_through():
    whole = weighted(math=(1.0, verify_math), format=(0.5, verify_format), fine=(-0.25, always))
    reward = whole.gated("format")
    assert reward(GOOD, "4").value == whole(GOOD, "4").value == 1.25
    assert whole("\\boxed{4}", "4").value == 0.75
    assert reward("\\boxed{4}", "4").value == -0.25
    assert reward("\\boxed{4}", "4").verdicts["math"].correct
    assert pickle.loads(pickle.dumps(reward)) == reward
    with pytest.raises(ValueError, match="did you mean 'format'"):
        whole.gated("fromat")


def test_behind_a_closed_gate_an_undecided_part_decides_nothing():
    reward = weighted(format=(1.0, verify_format), other=(1.0, undecided)).gated("format")
    assert reward("4", None).value == 0
    assert reward(GOOD, None).value is None
    assert weighted(other=(1.0, undecided), format=(1.0, verify_format)).gated("other")(GOOD, None).value is None


@pytest.mark.parametrize(
    ("ground_truth", "right", "wrong"),
    [
        ("3/4", "0.75", "0.74"),
        (7, "7", "8"),
        ("{1, 2}", "{2, 1}", "{1}"),
        ('{"numbers": [2, 3, 6], "target": 12}', "(6 - 2) * 3", "6 * 2"),
        ({"verifier": "math", "ground_truth": "3/4"}, "0.75", "0.74"),
        ({"verifier": "logic", "ground_truth": {"Zoey": "knave"}}, "Zoey: knave", "Zoey: knight"),
        ({"answer": "B", "choices": ["4", "5"]}, "5", "4"),
        ({"question": "2 + 3?", "answer": "B", "choices": ["4", "5"]}, "5", "4"),
        ('\ufeff{\n  "numbers": [2, 3, 6], "target": 12\n}', "(6 - 2) * 3", "6 * 2"),
        ("{2}", "{2}", "{3}"),
        ({"kind": "stdin", "tests": [{"input": "", "output": "7"}]}, "```\nprint(7)\n```", "```\nprint(8)\n```"),
    ],
)
def test_accuracy_asks_the_verifier_that_the_ground_truth_is_for(ground_truth, right, wrong):
    assert verify_accuracy(f"<think>so</think><answer>{right}</answer>", ground_truth).correct
    assert verify_accuracy(f"<think>so</think><answer>{wrong}</answer>", ground_truth).score == 0


@pytest.mark.parametrize(
    ("ground_truth", "said"),
    [
        ({"verifier": "cod", "ground_truth": "4"}, "did you mean 'code'"),
        ({"verifier": ["math"], "ground_truth": "4"}, "did you mean"),
        ({"verifier": "math"}, "key 'ground_truth'"),
        ({"number": 4}, "no verifier is known by the keys number"),
        ({}, "no verifier is known"),
        ({"question": "Where?", "answer": "Paris"}, "no verifier is known by the keys question, answer"),
        ('{"numbers": [%s], "target": 1}' % ("9" * 5000), "cannot be read"),
        ('{"a":' * 100_000, "cannot be read"),
        ({"verifier": 10**5000}, "too large to show"),
        ({10**5000: 4}, "too large to show"),
        ({"kind": "stdin", "tests": []}, "test"),
    ],
)
def test_a_ground_truth_that_no_verifier_reads_is_bad(ground_truth, said):
    verdict = verify_accuracy("<answer>4</answer>", ground_truth)
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert said in verdict.note


def test_prompts_without_a_ground_truth_are_judged_and_others_go_by_rules():
    manner = weighted(format=(1.0, verify_format))
    general = General(rules=R1_ZERO, manner=manner).with_judges(helpful=judge, harmless=judge)
    assert general(GOOD, "4") == R1_ZERO(GOOD, "4")
    asked = {"question": "2 + 2?", "verifier": "math", "ground_truth": "4"}
    assert general(GOOD, asked) == R1_ZERO(GOOD, asked)
    poem = "<think>It rhymes.</think> <answer>Roses</answer>"
    reward = general(poem, {"question": "A poem!"})
    assert reward.value == 2.0
    assert reward.verdicts["helpful"].answer == "A poem!|Roses"  # the summary alone
    assert reward.verdicts["harmless"].answer == f"A poem!|{poem}"
    assert pickle.loads(pickle.dumps(general))(poem, {"question": "A poem!"}) == reward


def test_the_papers_rewards_add_up_accuracy_format_and_language():
    mixed = "<think>Let us see: we add two and two, это будет четыре without any doubt</think><answer>4</answer>"
    language = verify_language(mixed).score
    assert 0 < language < 1
    assert R1_ZERO(mixed, "4").value == 2
    assert R1_REASONING(mixed, "4").value == 2 + language
    assert R1_REASONING(mixed, "5").value == 1 + language
    general = R1_GENERAL.with_judges(helpful=judge)
    assert general(mixed, "4") == R1_REASONING(mixed, "4")
    assert general(mixed, {"question": "What is two and two?"}).value == 1 + language + 0.5
    assert R1_GENERAL(mixed, {"question": "What is two and two?"}).value is None


def test_a_general_prompt_may_be_json_and_what_a_rule_reads_is_none():
    general = General(rules=R1_ZERO, manner=weighted(format=(1.0, verify_format))).with_judges(helpful=judge)
    assert general(GOOD, '{"question": "A poem!"}') == general(GOOD, {"question": "A poem!"})
    puzzle = {"question": "Make 4!", "numbers": [4], "target": 4}
    assert general(GOOD, puzzle).verdicts["accuracy"].correct
    assert "helpful" not in general(GOOD, {"question": "Where?", "answer": "Paris"}).verdicts


def test_an_opened_prompt_has_no_summary_before_the_thinking_ends():
    general = General(rules=R1_ZERO, manner=weighted(fine=(1.0, always)), helpful=judge, opened=True)
    assert general("It should rhyme", {"question": "A poem!"}).verdicts["helpful"].reason is Reason.NO_ANSWER
    assert general("It rhymes.</think>Roses", {"question": "A poem!"}).verdicts["helpful"].answer == "A poem!|Roses"


def test_a_part_that_says_no_verdict_is_the_callers_mistake():
    with pytest.raises(TypeError, match=r"the part mine said 1\.0, which is no Verdict"):
        weighted(mine=(1.0, lambda completion, ground_truth: 1.0))(GOOD, "4")


def test_without_a_judge_or_a_summary_there_is_no_preference():
    general = General(rules=R1_ZERO, manner=weighted(format=(1.0, verify_format)))
    reward = general(GOOD, {"question": "A poem!"})
    assert reward.value is None
    assert "with_judges" in reward.verdicts["helpful"].note
    judged = general.with_judges(helpful=judge)
    assert judged("<think>Roses", {"question": "A poem!"}).verdicts["helpful"].reason is Reason.NO_ANSWER
    assert judged("<think>Roses", {"question": "A poem!"}).value == 0
    failing = general.with_judges(helpful=judge, harmless=undecided)
    assert failing(GOOD, {"question": "A poem!"}).value is None
