"""verl's contract, without verl: what it passes, and a dict with the same keys whatever is said."""

import json
import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.verifiers.adapted import HOSTILE
from verifiers import Reason, Verdict, verify_code
from verifiers.adapters import verl
from verifiers.adapters.common import Undecided
from verifiers.adapters.verl import compute_score
from verifiers.adapters.verl_code import code_tests
from verifiers.registry import Unknown

GSM8K = "openai/gsm8k"
KEYS = ["score", "acc", "pred", "undecided", "reason"]


def call(source, text, truth, extra=None, **options):
    """As the managers of verl 0.9.1 call it."""
    extra = {"num_turns": None, "rollout_reward_scores": {}} | (extra or {})
    return compute_score(data_source=source, solution_str=text, ground_truth=truth, extra_info=extra, **options)


def test_every_dict_has_the_same_keys_and_plain_numbers():
    rows = [
        call(GSM8K, r"\boxed{4}", "4", undecided=0.25),
        call(GSM8K, "4", "4", undecided=0.25),
        call("taco", "no program", "broken", undecided=0.25),
        call(
            "mine", "<answer>2 * 2</answer>", {"numbers": [2, 2], "target": 4}, {"verifier": "countdown"}, undecided=0
        ),
    ]
    assert [list(row) for row in rows] == [KEYS] * 4
    assert [row["score"] for row in rows] == [row["acc"] for row in rows] == [1.0, 0.0, 0.25, 1.0]
    assert [row["undecided"] for row in rows] == [0, 0, 1, 0]
    assert {type(row[key]) for row in rows for key in ("score", "acc", "undecided")} == {float}


def test_a_sum_has_its_parts_also_where_another_data_source_has_none():
    both = {"a": "r1_zero", "b": "math"}
    text = "<think>x</think><answer>4</answer>"
    rows = [
        call("a", text, "4", verifier=both, undecided=-1),
        call("a", text, "", verifier=both, undecided=-1),
        call("b", text, "4", verifier=both, undecided=-1),
    ]
    assert len({tuple(row) for row in rows}) == 1
    assert (rows[0]["score"], rows[0]["acc"], rows[0]["accuracy"], rows[0]["format"]) == (2.0, 1.0, 1.0, 1.0)
    assert (rows[1]["score"], rows[1]["acc"], rows[1]["accuracy"], rows[1]["format"]) == (-1.0, -1.0, -1.0, 1.0)
    assert rows[1]["accuracy_reason"] == "BAD_GROUND_TRUTH"
    assert math.isnan(rows[2]["format"])


def test_the_choice_for_what_is_undecided_has_to_be_made_before_the_first_is():
    with pytest.raises(TypeError, match="choose the number"):
        call(GSM8K, r"\boxed{4}", "4")
    with pytest.raises(Undecided, match="BAD_GROUND_TRUTH"):
        call(GSM8K, r"\boxed{4}", "", undecided="stop")
    assert call(GSM8K, r"\boxed{4}", "4", undecided="stop")["score"] == 1.0


def test_an_option_of_another_name_is_told_the_nearest_and_verls_own_are_taken():
    with pytest.raises(TypeError, match="'verifer': did you mean 'verifier'"):
        call(GSM8K, "4", "4", undecided=0, verifer="math")
    assert call(GSM8K, "4", "4", undecided=0, reward_router_address="x", reward_model_tokenizer=None)["score"] == 0
    with pytest.raises(Unknown, match="near: 'openai/gsm8k'"):
        call("gsm8k", "4", "4", undecided=0)


def test_it_can_be_sent_to_an_actor_and_called_from_threads():
    function = pickle.loads(pickle.dumps(compute_score))
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda n: function(GSM8K, rf"\boxed{{{n}}}", "4", {}, undecided=0.0), range(8)))
    assert [row["score"] for row in rows] == [float(n == 4) for n in range(8)]


def test_one_that_hangs_is_undecided():
    hangs = "tests.unit.verifiers.adapted:troubled"
    assert call("x", "hang", "4", verifier=hangs, timeout=2, undecided=0.5)["reason"] == "UNDECIDED"


def test_the_clock_is_the_callers(monkeypatch):
    asked = {}

    def judge_one(*_, timeout):
        asked["timeout"] = timeout
        return Verdict(1.0, Reason.CORRECT)

    monkeypatch.setattr(verl, "judge_one", judge_one)
    call(GSM8K, "4", "4", undecided=0, timeout=7.5)
    assert asked == {"timeout": 7.5}


def test_a_programs_tests_are_read_as_verls_data_has_them():
    tests = {"inputs": ["1 2\n"], "outputs": ["3\n"]}
    assert call("taco", fence(SUM), json.dumps(tests), undecided=0.25)["score"] == 1.0
    assert call("mine", fence(SUM), tests, verifier="r1_zero", undecided=0.25)["acc"] == 1.0


def test_hostile_completions_earn_nothing():
    assert [call(GSM8K, text, "4", undecided=9)["score"] for text in HOSTILE] == [0.0] * len(HOSTILE)


def fence(program):
    return f"```python\n{program}\n```"


ADD, FOUR = "def add(a, b): return a + b", "def add(a, b): return 4"
SUM = "print(sum(map(int, input().split())))"


@pytest.mark.parametrize(
    ("truth", "right", "wrong"),
    [
        ({"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}, SUM, "print(3)"),
        ({"inputs": [["1", "2"]], "outputs": [["1", "2"]]}, "print(input())\nprint(input())", "print(input())"),
        ({"fn_name": "add", "inputs": ["1\n2"], "outputs": ["3"]}, ADD, FOUR),
        ({"fn_name": "add", "inputs": [[1, 2]], "outputs": [[3]]}, ADD, FOUR),
        ({"fn_name": "one", "inputs": [[1]], "outputs": [[1]]}, "def one(a): return [a]", "def one(a): return True"),
        ({"fn_name": "one", "inputs": [[0]], "outputs": [[[]]]}, "def one(a): return []", "def one(a): return [0]"),
    ],
)  # fmt: skip
def test_programs_are_judged_by_the_tests_of_verls_data(truth, right, wrong):
    for given in (truth, json.dumps(truth)):
        assert verify_code(fence(right), code_tests(given)).score == 1.0
        assert verify_code(fence(wrong), code_tests(given)).score == 0.0


@pytest.mark.parametrize(
    "truth",
    ["4", "{1, 2}", "{", 4, {"numbers": [1], "target": 1}, {"inputs": ["1"], "outputs": []},
     {"inputs": 1, "outputs": 1}, {"kind": "stdin", "inputs": [], "outputs": []},
     {"fn_name": "f", "inputs": ["x"], "outputs": ["1"]}],
)  # fmt: skip
def test_other_ground_truths_stay_as_they_are(truth):
    assert code_tests(truth) is truth
