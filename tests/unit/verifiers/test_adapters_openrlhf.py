"""OpenRLHF's contract, without OpenRLHF: the query is cut, and every query gets a number."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.verifiers.adapted import HOSTILE
from verifiers import Reason, Verdict
from verifiers.adapters import openrlhf
from verifiers.adapters.openrlhf import reward
from verifiers.registry import Unknown
from verifiers.worker import NotSendable

PROMPT = "Question: what is 2 + 2?\nAnswer in a box.\nAssistant:"
TROUBLED = "tests.unit.verifiers.adapted:troubled"


def call(function, *rows, prompt=PROMPT):
    """Queries of the prompt and these completions, with their labels."""
    queries, labels = [prompt + text for text, _ in rows], [label for _, label in rows]
    said = function(queries, [prompt] * len(rows), labels)
    assert set(said) == {"rewards", "scores", "extra_logs"}
    assert said["rewards"].tolist() == said["scores"].tolist()
    return said["rewards"].tolist(), {name: values.tolist() for name, values in said["extra_logs"].items()}


def test_each_query_has_a_number_and_each_part_of_the_sum_too():
    good = "<think>x</think><answer>4</answer></s>"
    rewards, logs = call(reward("r1_zero", undecided=-0.5), (good, "4"), (r"\boxed{4}", "4"), (good, ""))
    assert rewards == [2.0, 1.0, -0.5]
    assert logs == {"undecided": [0, 0, 1], "accuracy": [1, 1, -0.5], "format": [1, 0, 1]}
    assert call(reward("math", undecided=0), (r"\boxed{4}", "4")) == ([1.0], {"undecided": [0.0]})


def test_without_a_verifier_the_label_says_which():
    rewards, _ = call(
        reward(undecided=0.5), (r"\boxed{4}", "4"), ("<answer>2 * 2</answer>", '{"numbers": [2, 2], "target": 4}')
    )
    assert rewards == [1.0, 1.0]


def test_a_query_without_its_prompt_is_undecided():
    said = reward("math", undecided=-0.5)([r"another \boxed{4}", PROMPT + r"\boxed{4}"], [PROMPT] * 2, ["4"] * 2)
    assert said["rewards"].tolist() == [-0.5, 1.0]
    assert said["extra_logs"]["undecided"].tolist() == [1.0, 0.0]


def test_a_choice_is_needed_when_the_file_is_loaded():
    with pytest.raises(TypeError, match="OpenRLHF cannot leave a rollout out"):
        reward("math")
    with pytest.raises(TypeError, match="OpenRLHF cannot leave a rollout out"):
        reward("math", undecided="stop")
    with pytest.raises(TypeError, match="tells no data source"):
        reward({"a": "math"}, undecided=0)
    with pytest.raises(Unknown, match="'math'"):
        reward("maths", undecided=0)
    with pytest.raises(NotSendable, match="define it with def"):
        reward(lambda completion, ground_truth: None, undecided=0)


def test_the_clock_is_the_users(monkeypatch):
    asked = []

    def judge_one(*_, timeout):
        asked.append(timeout)
        return Verdict(1.0, Reason.CORRECT)

    monkeypatch.setattr(openrlhf, "judge_one", judge_one)
    assert call(reward("math", undecided=0, timeout=7.5), ("4", "4"))[0] == [1.0]
    assert asked == [7.5]


def test_one_that_hangs_dies_or_raises_has_the_chosen_number():
    function = reward(TROUBLED, undecided=-0.5, timeout=2)
    rewards, _ = call(function, (r"\boxed{4}", "4"), ("hang", "4"), ("die", "4"), ("raise", "4"))
    assert rewards == [1.0, -0.5, -0.5, -0.5]
    assert call(function, ("hang", "4"))[0] == [-0.5]


def test_what_openrlhf_swallows_is_logged():
    with_bug = reward("tests.unit.verifiers.adapted:no_verdict", undecided=0)
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logging.getLogger("verifiers.adapters").addHandler(handler)
    try:
        with pytest.raises(TypeError, match="it has to return a Verdict"):
            call(with_bug, ("4", "4"))
    finally:
        logging.getLogger("verifiers.adapters").removeHandler(handler)
    assert "there is no reward" in records[0].getMessage()


def test_hostile_completions_earn_nothing_from_threads_too():
    function = reward("math", undecided=9)
    with ThreadPoolExecutor(4) as pool:
        rewards = list(pool.map(lambda text: call(function, (text, "4"))[0], HOSTILE))
    assert rewards == [[0.0]] * len(HOSTILE)
