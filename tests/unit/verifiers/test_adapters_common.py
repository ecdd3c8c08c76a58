"""The common ground of the adapters: completions, choice, clock, number, parts."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from tests.unit.verifiers.adapted import no_verdict, not_finite, troubled
from verifiers import Reason, Reward, Verdict, verify_format, verify_math, weighted
from verifiers.adapters import common
from verifiers.adapters.common import (
    Undecided,
    count_undecided,
    decided,
    judge,
    judge_one,
    judge_one_async,
    number_of,
    part_names,
    parts_of,
)
from verifiers.adapters.rows import SOURCES, Named, choose, named, plain, text_of, truth_for
from verifiers.registry import Unknown

NO_VERDICT = Verdict(None, Reason.UNDECIDED, note="why")


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        ("4", "4"),
        ([], ""),
        ([{"role": "assistant", "content": "4"}], "4"),
        ({"role": "assistant", "content": "4"}, "4"),
        ([{"role": "assistant", "content": "3"}, {"role": "assistant", "content": "4"}], "4"),
        ([{"role": "assistant", "content": "4"}, {"role": "tool", "content": "5"}], "4"),
        ([{"role": "user", "content": "4"}], ""),
        ([{"role": "assistant", "content": None}], ""),
        ([{"role": "assistant"}], ""),
        ([{"role": "assistant", "content": [{"type": "text", "text": "4"}, {"type": "image"}, "!"]}], "4!"),
        ([{"role": "assistant", "reasoning_content": "2+2", "content": "4"}], "<think>2+2</think>4"),
        ([{"role": "assistant", "reasoning_content": "", "content": "4"}], "4"),
        ([SimpleNamespace(role="assistant", content=[SimpleNamespace(type="text", text="4")])], "4"),
    ],
)
def test_the_text_of_a_completion(completion, text):
    assert text_of(completion) == text


@pytest.mark.parametrize("completion", [None, 4, ["4"]])
def test_what_is_no_completion_is_a_mistake_of_the_caller(completion):
    with pytest.raises(TypeError, match="a completion is a text or a list of messages"):
        text_of(completion)


def test_numpys_arrays_in_a_ground_truth_are_lists():
    numpy = pytest.importorskip("numpy")
    given = {"numbers": numpy.array([2, 3]), "target": numpy.int64(5), "deep": [numpy.array([numpy.float64(1)])]}
    assert repr(plain(given)) == "{'numbers': [2, 3], 'target': 5, 'deep': [[1.0]]}"


def test_the_users_choice_goes_before_the_rows_and_that_before_the_data_source():
    assert choose("format", source="taco", row="math") == Named("format")
    assert choose(verify_math, source="taco", row="code") is verify_math
    assert choose({"taco": verify_math}, source="taco", row="code") is verify_math
    assert choose(source="taco", row="math") == Named("math")
    assert choose(source="taco") == Named("code")
    assert choose(source="aime_2025") == Named("math")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"choice": "maths"}, "did you mean 'math'"),
        ({"source": "open/gsm8k"}, "near: 'openai/gsm8k'"),
        ({"choice": {"mine": "math"}, "source": "mime"}, "near: 'mine'"),
        ({}, "neither a verifier nor a data source"),
        ({"row": "os:getcwd"}, "a row of the data asks for 'os:getcwd'"),
        ({"row": 3}, "a row of the data asks for 3"),
    ],
)
def test_a_choice_of_nothing_names_the_nearest(given, message):
    with pytest.raises(Unknown, match=message):
        choose(**given)


def test_every_known_data_source_has_a_reward_function():
    for source, name in SOURCES.items():
        assert choose(source=source) == named(name)


def test_unreadable_tests_are_no_text_to_compare_with():
    said = Named("accuracy")("no program", truth_for(Named("accuracy"), "taco", "[truncated"))
    assert said.reason is Reason.BAD_GROUND_TRUTH
    assert truth_for(Named("math"), "taco", "4") == truth_for(verify_math, "taco", "4") == "4"


def test_one_that_hangs_dies_or_raises_costs_no_other_and_all_keep_their_order():
    texts = [r"\boxed{4}", "hang", r"\boxed{5}", "die", "raise", r"\boxed{4}"]
    said = judge(troubled, texts, ["4"] * 6, timeout=3, workers=2)
    assert [verdict.score for verdict in said] == [1, None, 0, None, None, 1]
    assert [str(verdict.reason) for verdict in said][1:5:2] == ["UNDECIDED", "VERIFIER_FAILED"]
    assert said[1].note == "no verdict after 3 s"


def test_each_completion_has_its_own_function():
    said = judge([named("math"), verify_format, named("math")], [r"\boxed{4}"] * 3, ["4", None, "5"])
    assert [str(verdict.reason) for verdict in said] == ["CORRECT", "BAD_FORMAT", "WRONG"]
    assert judge([], [], []) == []


def test_a_function_that_returns_no_verdict_is_named():
    with pytest.raises(TypeError, match=r"said 1\.0: it has to return a Verdict or a Reward"):
        judge(no_verdict, ["4"], ["4"])


def test_calls_from_many_threads_use_no_more_workers_than_cores(monkeypatch):
    running, most, lock = 0, 0, threading.Lock()

    def count(*_, **__):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1
        return [NO_VERDICT]

    monkeypatch.setattr(common, "judge", count)
    threads = [threading.Thread(target=judge_one, args=(verify_math, "4", "4")) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == (os.cpu_count() or 1)


def test_a_forked_child_does_not_wait_for_its_parents_threads():
    script = """
import os
from verifiers.adapters import common
while common._slots.acquire(blocking=False):
    pass
common._counting.acquire()
child = os.fork()
if child == 0:
    os._exit(0 if common._slots.acquire(blocking=False) and common._counting.acquire(blocking=False) else 3)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0


def test_an_async_call_does_not_hold_up_the_loop(monkeypatch):
    other_ran = threading.Event()

    def wait(*_, **__):
        assert other_ran.wait(30)
        return NO_VERDICT

    async def both():
        call = asyncio.create_task(judge_one_async(verify_math, "4", "4"))
        await asyncio.sleep(0)
        other_ran.set()
        return await call

    monkeypatch.setattr(common, "judge_one", wait)
    assert asyncio.run(both()) is NO_VERDICT


def test_what_is_undecided_is_none_and_what_is_not_finite_too():
    assert number_of(NO_VERDICT) is None
    assert number_of(Reward(None, {"a": NO_VERDICT})) is None
    assert [number_of(not_finite(text, None)) for text in ("nan", "inf", "-inf", "1.5")] == [None, None, None, 1.5]


def test_an_undecided_one_gets_the_number_that_the_user_chose_or_stops():
    assert decided(NO_VERDICT, -0.5, "verl") == -0.5
    assert decided(Verdict(0.0, Reason.WRONG), "stop", "verl") == 0.0
    with pytest.raises(Undecided, match="UNDECIDED: why"):
        decided(NO_VERDICT, "stop", "verl")


@pytest.mark.parametrize("undecided", [None, True, "0", float("nan")])
def test_no_other_choice_is_taken(undecided):
    with pytest.raises(TypeError, match="verl cannot leave a rollout out"):
        decided(NO_VERDICT, undecided, "verl")


def test_undecided_ones_are_counted_and_warned_of_ever_more_rarely(caplog, monkeypatch):
    monkeypatch.setattr(common, "undecided_so_far", type(common.undecided_so_far)())
    with caplog.at_level(logging.WARNING, "verifiers.adapters"):
        for _ in range(9):
            count_undecided(NO_VERDICT)
        count_undecided(Verdict(0.0, Reason.WRONG))
    assert [record.args[0] for record in caplog.records] == [1, 2, 4, 8]
    assert common.undecided_so_far == {"UNDECIDED": 9}


def test_the_parts_have_the_same_keys_whatever_is_said():
    two = weighted(accuracy=(1.0, verify_math), format=(1.0, verify_format))
    names = part_names([two, verify_math, named("r1_zero")])
    assert names == ("accuracy", "format")
    rows = [parts_of(said, names) for said in (two("4", "4"), two("", ""), NO_VERDICT, Reward(None, {}))]
    assert len({tuple(row) for row in rows}) == 1
    assert rows[1]["accuracy"] is None
    assert (rows[1]["undecided"], rows[1]["reason"]) == (1.0, "BAD_GROUND_TRUTH")


def test_the_reason_is_that_of_the_undecided_part():
    right = Verdict(1.0, Reason.CORRECT, answer="4")
    flat = parts_of(Reward(None, {"format": right, "accuracy": NO_VERDICT}))
    assert (flat["reason"], flat["answer"]) == ("UNDECIDED", "4")
    assert common.note_of(Reward(None, {"format": right, "accuracy": NO_VERDICT})) == "why"
    assert parts_of(Reward(1.0, {"format": right, "accuracy": Verdict(0.0, Reason.WRONG)}))["reason"] == "CORRECT"


def test_a_part_may_not_be_called_as_the_whole():
    with pytest.raises(ValueError, match="'score'"):
        part_names([weighted(score=(1.0, verify_math))])


def test_no_stack_and_nothing_large_is_loaded_with_an_adapter():
    script = (
        "import sys, verifiers.adapters.trl, verifiers.adapters.verl, verifiers.adapters.openrlhf\n"
        "large = {'torch', 'trl', 'verl', 'ray', 'openrlhf', 'numpy', 'sympy', 'transformers'} & set(sys.modules)\n"
        "raise SystemExit(str(large) if large else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
