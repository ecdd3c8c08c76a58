"""The laws for anyone's reward function: each wrong function is caught by its law, no right one is accused."""

import functools
import json
import time

import pytest

from tests.right_rewards import KINDS, RIGHT, openrlhf, strangely_named, trl_async, verdict
from tests.wrong_rewards import NEAR, ROWS, SPELLING, WORK, drops_brackets, trl
from verifiers import verify_choice, verify_code, verify_countdown, verify_format, verify_math
from verifiers.laws import NotUnderstood, check_reward
from verifiers.laws.every import LAWS
from verifiers.laws.math_tasks import MATH
from verifiers.laws.search import some


def forked(fn):
    """The same as a closure, which is asked in a fork: no interpreter needs to start."""
    return functools.wraps(fn)(lambda *arguments, **columns: fn(*arguments, **columns))


TRAVELS = "it_travels_to_another_process"
FEW = ["integers", "intervals"]


@pytest.mark.parametrize(("kind", "law", "wrong"), ROWS, ids=[fn.__name__ for _, _, fn in ROWS])
def test_every_wrong_function_is_caught_by_its_law(kind, law, wrong):
    groups = FEW if kind == "math" and law not in (NEAR, SPELLING) else None
    timeout = 0.8 if law == WORK else None
    report = check_reward(forked(wrong), kind, profile="quick", laws=[law], groups=groups, timeout=timeout)
    (finding,) = report.findings
    assert finding.counterexamples, report
    advice = law in {"our_own_failure_is_no_zero", "a_wrong_answer_is_not_left_out"}
    assert finding.status == ("advice" if advice else "broken")
    assert report.ok == advice


@pytest.mark.parametrize("right", RIGHT, ids=lambda fn: getattr(fn, "__name__", "instance"))
def test_no_right_function_is_accused_whatever_its_signature(right):
    laws = LAWS.keys() - {WORK, TRAVELS}
    report = check_reward(forked(right), "math", profile="quick", groups=FEW, laws=laws)
    assert report.ok, report
    assert not report.advice, report
    assert sum(finding.status == "kept" for finding in report.findings) >= len(laws) - 1


@pytest.mark.parametrize(("right", "kind", "groups"), KINDS, ids=[f"{kind}-{fn.__name__}" for fn, kind, _ in KINDS])
def test_no_right_function_is_accused_whatever_its_kind_and_layout(right, kind, groups):
    report = check_reward(forked(right), kind, profile="quick", groups=groups, laws=LAWS.keys() - {WORK, TRAVELS})
    assert report.ok, report
    assert not report.advice, report


@pytest.mark.parametrize("right", [verdict, trl_async, openrlhf])
def test_a_function_of_a_module_is_asked_in_a_new_interpreter(right):
    report = check_reward(right, "math", profile="quick", groups=["integers"], laws=[NEAR, TRAVELS])
    assert [finding.status for finding in report.findings] == ["kept", "kept"], report


@pytest.mark.parametrize(
    ("ours", "kind"),
    [
        (verify_math, "math"),
        (verify_format, "format"),
        (verify_choice, "choice"),
        (verify_countdown, "countdown"),
    ],
)
def test_our_own_keep_every_law(ours, kind):
    report = check_reward(ours, kind, profile="quick")
    assert report.ok, report
    assert not report.advice, report


def test_our_own_judge_of_programs_keeps_every_law():
    report = check_reward(verify_code, "code", profile="quick", laws=LAWS.keys() - {"any_text_gets_a_score"})
    assert report.ok, report


def test_every_law_catches_something():
    caught = {law for _, law, _ in ROWS}
    assert LAWS.keys() - caught == {TRAVELS}


def test_the_counter_example_is_the_smallest_and_the_same_again():
    reports = [
        check_reward(forked(drops_brackets), "math", laws=[NEAR], groups=["intervals"], seed=7) for _ in range(2)
    ]
    assert reports[0].to_json() == reports[1].to_json()
    (broken,) = reports[0].broken
    first = broken.counterexamples[0]
    assert (first.completion, first.ground_truth) == (
        "<think>So it is.</think>\n<answer>\\boxed{(2,3]}</answer>",
        "[2,3)",
    )
    assert (first.said, first.group) == ("paid 1", "intervals")


def test_a_report_is_a_table_and_json():
    report = check_reward(forked(drops_brackets), "math", profile="quick", laws=[NEAR], groups=["intervals"])
    table = str(report)
    assert "a near miss is never" in table
    assert "0 laws kept, 1 broken" in table
    read = json.loads(report.to_json())
    assert read["ok"] is False
    assert read["findings"][0]["counterexamples"][0]["ground_truth"] == "[2,3)"
    with pytest.raises(TypeError, match=r"use \.ok"):
        bool(report)


def test_a_closure_is_asked_in_a_fork_and_told_that_it_does_not_travel():
    weight = 3.0

    def closed(completion, ground_truth):
        score = verify_math(completion, ground_truth).score
        return None if score is None else weight * score

    report = check_reward(closed, "math", profile="quick", groups=["integers"], laws=[*LAWS][:4] + [*LAWS][-1:])
    assert report.ok, report
    assert [finding.law for finding in report.advice] == [TRAVELS]
    assert report.threshold == 1.5


def test_call_tells_how_a_function_is_called():
    def call(fn, completion, ground_truth):
        return fn(ground_truth, completion)

    laws = ["a_right_answer_is_paid", NEAR]
    assert check_reward(strangely_named, "math", call=call, profile="quick", groups=FEW, laws=laws).ok


@pytest.mark.parametrize(
    ("fn", "said"),
    [
        (strangely_named, "parameter 'alpha' of strangely_named"),
        (lambda completion: 0.0, "takes the ground truth"),
        (lambda completion, grond_truth: 0.0, "'grond_truth'.*did you mean 'ground_truth'"),
        (lambda prompts, answers_of, **columns: [0.0], "parameter 'prompts'"),
        (lambda: 0.0, "takes the completion"),
        (print, "takes the completion|no signature to read"),
        ("tests.right_rewards:verdct", "no function 'verdct'"),
        ("tests.nothing:verdict", "cannot be imported"),
        ("tests/nothing.py:verdict", "no file"),
        ("verdict", "names no function"),
    ],
)
def test_what_cannot_be_understood_is_said_with_its_name(fn, said):
    with pytest.raises(NotUnderstood, match=said):
        check_reward(fn, "math")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "maths"}, "did you mean 'math'"),
        ({"laws": ["a_near_mis_is_never_paid"]}, "did you mean 'a_near_miss_is_never_paid'"),
        ({"groups": ["interval"]}, "did you mean 'intervals'"),
        ({"profile": "slow"}, "quick, default, nightly"),
    ],
)
def test_an_unknown_option_names_the_nearest(options, said):
    with pytest.raises(ValueError, match=said):
        check_reward(verify_math, **{"kind": "math", **options})


def test_a_parameter_may_be_fixed():
    def judged(completion, ground_truth, strictness):
        assert strictness == "high"
        return verify_math(completion, ground_truth)

    laws = ["a_right_answer_is_paid"]
    assert check_reward(judged, "math", columns={"strictness": "high"}, laws=laws, groups=FEW).ok


def test_a_hang_is_reported_and_not_suffered():
    def hangs(completion, ground_truth):
        while "0" in completion:
            time.sleep(0.01)
        return verify_math(completion, ground_truth)

    start = time.monotonic()
    laws = ["a_right_answer_is_paid", "work_ends_and_grows_with_the_text_alone"]
    report = check_reward(hangs, "math", laws=laws, groups=["integers"], profile="quick", timeout=0.3)
    assert "is not done after 0.3 s" in report.broken[-1].counterexamples[0].said
    assert time.monotonic() - start < 60


def test_imports_are_on_no_calls_clock(tmp_path):
    file = tmp_path / "slow_to_import.py"
    file.write_text("import time\ntime.sleep(1.5)\nfrom tests.right_rewards import verdict\n")
    report = check_reward(f"{file}:verdict", "math", laws=["a_right_answer_is_paid"], groups=FEW, timeout=0.4)
    assert report.ok, report


def test_a_function_that_ends_its_process_is_reported():
    def dies(completion, ground_truth):
        if "\x00" in completion:
            import os

            os._exit(3)
        return verify_math(completion, ground_truth)

    report = check_reward(dies, "math", laws=["any_text_gets_a_score"], profile="quick")
    assert report.broken[0].counterexamples[0].completion == "\x00"
    assert "kills its process" in report.broken[0].counterexamples[0].said


def test_every_task_has_right_and_wrong_answers_that_differ():
    for strategy in MATH.groups.values():
        for task in some(strategy, 20, 1):
            assert task.right
            assert task.wrong
            assert not set(task.right) & set(task.wrong), task


@pytest.mark.parametrize(("fn", "status"), [(trl, "kept"), (verify_math, "not run")])
def test_batches_are_looked_at_where_there_are_any(fn, status):
    laws = ["a_batch_says_what_its_calls_say", "saying_nothing_is_never_paid"]
    findings = check_reward(forked(fn), "math", profile="quick", laws=laws, groups=["integers"]).findings
    assert [finding.status for finding in findings] == ["kept", status]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"laws": []}, "laws=.. names no law"),
        ({"groups": [], "laws": ["a_right_answer_is_paid", NEAR]}, "ask nothing where groups=.."),
        ({"laws": ["a_batch_says_what_its_calls_say"]}, "ask nothing of a function of kind math called as"),
    ],
)
def test_nothing_checked_is_nothing_kept(options, said):
    with pytest.raises(ValueError, match=f"nothing w.*{said}"):
        check_reward(lambda completion, ground_truth: float("12" in completion), profile="quick", **options)


def test_what_pays_nothing_keeps_no_law_of_what_is_paid():
    report = check_reward(forked(lambda completion, ground_truth: 0.0), "math", profile="quick", laws=[NEAR])
    assert [finding.law for finding in report.broken] == ["a_right_answer_is_paid"]
