"""TRL's contract, without TRL: what it calls, what it reads and what it logs."""

import asyncio
import inspect
import pickle
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.verifiers.adapted import HOSTILE, troubled
from verifiers import Reason, Verdict, verify_math
from verifiers.adapters import common, trl
from verifiers.adapters.rows import Named, truth_for
from verifiers.adapters.trl import async_reward, reward
from verifiers.registry import Unknown
from verifiers.worker import NotSendable


def call(function, completions, **columns):
    """As GRPOTrainer 1.16 calls it."""
    return function(
        prompts=["?"] * len(completions), completions=completions, completion_ids=[[1]] * len(completions),
        trainer_state=object(), **columns,
    )  # fmt: skip


def message(text):
    return [{"role": "assistant", "content": text}]


def test_texts_and_messages_are_judged_alike_and_undecided_stays_none():
    texts, truths = [r"\boxed{4}", r"\boxed{5}", r"\boxed{4}"], ["4", "4", ""]
    assert call(reward("math"), texts, solution=truths) == [1.0, 0.0, None]
    assert call(reward("math"), [message(text) for text in texts], answer=truths) == [1.0, 0.0, None]
    assert asyncio.run(call(async_reward("math"), texts, ground_truth=truths)) == [1.0, 0.0, None]


def test_the_message_alone_is_judged():
    text = "<think>a</think><answer>4</answer>"
    assert call(reward("format"), [message(text), message("no tags")]) == [1.0, 0.0]


def test_an_async_reward_does_not_hold_up_trls_loop(monkeypatch):
    other_ran = threading.Event()

    def wait(*_, **__):
        assert other_ran.wait(30)
        return [Verdict(1.0, Reason.CORRECT)]

    async def both():
        task = asyncio.create_task(call(async_reward("math"), ["4"], solution=["4"]))
        await asyncio.sleep(0)
        other_ran.set()
        return await task

    monkeypatch.setattr(trl, "judge", wait)
    assert asyncio.run(both()) == [1.0]


def test_undecided_ones_are_counted(monkeypatch):
    monkeypatch.setattr(common, "undecided_so_far", Counter())
    call(reward("math"), [r"\boxed{4}", r"\boxed{4}"], solution=["", "4"])
    assert common.undecided_so_far == {"BAD_GROUND_TRUTH": 1}


def test_trl_sees_a_name_and_whether_it_is_async():
    assert (reward("math").__name__, reward(verify_math).__name__, reward("math", name="m").__name__) == (
        "math", "verify_math", "m",
    )  # fmt: skip
    assert not inspect.iscoroutinefunction(reward("math").__call__)
    assert inspect.iscoroutinefunction(async_reward("math").__call__)


@pytest.mark.parametrize("make", [reward, async_reward])
@pytest.mark.parametrize("verifier", ["r1_zero", verify_math, {"a": "math", "b": verify_math}, None])
def test_it_can_be_sent_to_a_spawned_child(make, verifier):
    sent = pickle.loads(pickle.dumps(make(verifier)))
    assert (sent.__name__, sent.choice) == (make(verifier).__name__, make(verifier).choice)


def test_what_no_worker_could_be_given_is_refused_at_once():
    with pytest.raises(NotSendable, match="define it with def"):
        reward(lambda completion, ground_truth: None)
    with pytest.raises(Unknown, match="'math'"):
        reward("maths")
    with pytest.raises(Unknown, match="'math'"):
        reward({"a": "maths"})


def test_each_row_is_judged_by_its_own_column_or_data_source():
    texts = [r"\boxed{4}", "<answer>2 * 2</answer>", "no tags"]
    truths = ["4", {"numbers": [2, 2], "target": 4}, None]
    columns = {"data_source": ["openai/gsm8k", "mine", "mine"], "verifier": [None, "countdown", "format"]}
    assert call(reward(), texts, solution=truths, **columns) == [1.0, 1.0, 0.0]
    mapped = reward({"openai/gsm8k": "math", "mine": "format"})
    assert call(mapped, texts, solution=truths, data_source=columns["data_source"]) == [1.0, 0.0, 0.0]


def test_a_column_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"no column 'solutoin': did you mean 'solution'"):
        call(reward("math", ground_truth="solutoin"), ["4"], solution=["4"])
    with pytest.raises(ValueError, match="both solution and answer"):
        call(reward("math"), ["4"], solution=["4"], answer=["4"])
    with pytest.raises(ValueError, match="none of ground_truth, solution, answer"):
        call(reward("math"), ["4"], target=["4"])
    assert call(reward("math", ground_truth="target"), [r"\boxed{4}"], target=["4"]) == [1.0]
    assert call(reward("format"), ["4"]) == [0.0]


def test_the_parts_of_each_verdict_are_columns_and_their_means_metrics():
    columns, metrics = {}, {}
    texts = ["<think>a</think><answer>4</answer>", r"\boxed{5}", r"\boxed{4}"]
    rewards = call(
        reward("r1_zero", name="r"), texts, solution=["4", "4", {"kind": "?", "tests": []}],
        log_extra=columns.__setitem__, log_metric=metrics.__setitem__,
    )  # fmt: skip
    assert rewards == [2.0, 0.0, None]
    assert columns == {
        "r/reason": ["CORRECT", "WRONG", "BAD_GROUND_TRUTH"], "r/answer": ["4", "5", ""],
        "r/accuracy": [1.0, 0.0, None], "r/accuracy_reason": ["CORRECT", "WRONG", "BAD_GROUND_TRUTH"],
        "r/format": [1.0, 0.0, 0.0], "r/format_reason": ["CORRECT", "BAD_FORMAT", "BAD_FORMAT"],
    }  # fmt: skip
    assert metrics == {"r/undecided": 1 / 3, "r/accuracy": 0.5, "r/format": 1 / 3}


def test_one_that_hangs_costs_no_other():
    assert call(reward(troubled, timeout=3), [r"\boxed{4}", "hang", r"\boxed{4}"], solution=["4"] * 3) == [1, None, 1]


def test_hostile_completions_earn_nothing():
    assert call(reward("math"), HOSTILE, solution=["4"] * len(HOSTILE)) == [0.0] * len(HOSTILE)


def test_threads_get_the_same():
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda n: call(reward("math"), [rf"\boxed{{{n}}}"], solution=["4"]), range(8)))
    assert said == [[float(n == 4)] for n in range(8)]


def test_rows_of_arrow_have_the_keys_of_all_and_are_still_known_by_their_own():
    rows = [{"numbers": [2, 2], "target": 4}, {"answer": "B", "choices": ["3", "4"]}, {"kind": "stdin", "tests": None}]
    keys = {key for row in rows for key in row}
    column = [{key: row.get(key) for key in keys} for row in rows]
    texts = ["<answer>2 * 2</answer>", "<answer>B</answer>", "<answer>4</answer>"]
    assert call(reward("accuracy"), texts, solution=column) == [1.0, 1.0, None]
    mine = Named("math")
    assert truth_for(mine, None, column[0]) is column[0]
