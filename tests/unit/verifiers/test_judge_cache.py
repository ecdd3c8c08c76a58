"""Facts of what a judge remembers: bounded, shared, and never more than a help."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.scripted_judge import says, strict
from verifiers import Reason
from verifiers.judge import Judge, judge_answer
from verifiers.judge.cache import FileCache, MemoryCache


@pytest.fixture(params=["memory", "file"])
def cache(request, tmp_path):
    return MemoryCache(100) if request.param == "memory" else FileCache(tmp_path / "cache.sqlite")


def counted(judge):
    asked = []

    def ask(messages):
        asked.append(messages)
        return judge(messages)

    return ask, asked


def test_the_first_value_stays(cache):
    assert cache.get("a") is None
    assert cache.add("a", "1") == "1"
    assert cache.add("a", "2") == "1"
    assert cache.get("a") == "1"
    assert cache.get("b") is None


def test_threads_agree_on_a_value(cache):
    with ThreadPoolExecutor(16) as threads:
        held = list(threads.map(lambda n: cache.add(f"k{n % 4}", str(n)), range(64)))
    for rest in range(4):
        assert len({held[n] for n in range(64) if n % 4 == rest}) == 1


def test_memory_keeps_what_was_used_last():
    cache = MemoryCache(2)
    cache.add("a", "1")
    cache.add("b", "2")
    cache.get("a")
    cache.add("c", "3")
    assert [cache.get(key) for key in "abc"] == ["1", None, "3"]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda n: cache.add(str(n), "x") and cache.get(str(n - 1)), range(2000)))
    assert len(cache._held) <= 2


def test_caches_pickle(cache):
    cache.add("a", "1")
    copy = pickle.loads(pickle.dumps(cache))
    assert copy.get("a") == (None if isinstance(cache, MemoryCache) else "1")  # memory is not sent along
    assert copy.add("b", "2") == "2"


def test_processes_share_a_file(tmp_path):
    path = tmp_path / "cache.sqlite"
    program = f"""
import sys
from verifiers.judge.cache import FileCache
cache = FileCache({str(path)!r})
print("".join(cache.add(str(n), sys.argv[1]) for n in range(40)))
"""
    children = [
        subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE, text=True) for name in "abc"
    ]
    said = [child.communicate(timeout=60)[0] for child in children]
    assert said[0] == said[1] == said[2]
    assert len(said[0].strip()) == 40


def test_a_file_outlives_its_judge(tmp_path):
    path = tmp_path / "cache.sqlite"
    ask, asked = counted(strict)
    for secret in (b"", b"another"):
        judge = Judge(ask, cache=path, model="strict", secret=secret)
        assert judge_answer("<answer>PARIS</answer>", "Paris", judge=judge).correct
        assert judge_answer("<answer>Lyon</answer>", "Paris", judge=judge).reason is Reason.WRONG
    assert len(asked) == 2
    other = Judge(ask, cache=path, model="another")
    verdict = judge_answer("<answer>Lyon</answer>", "Paris", judge=other)
    assert not verdict.details["cached"]
    assert len(asked) == 3


def test_what_a_verdict_depends_on_is_asked_again():
    ask, asked = counted(strict)
    judge = Judge(ask)
    for answer, truth, question in (("a", "b", ""), ("a", "c", ""), ("d", "b", ""), ("a", "b", "q"), ("b", "a", "")):
        judge_answer(f"<answer>{answer}</answer>", truth, judge=judge, question=question)
    assert len(asked) == 5


def test_a_prompt_that_was_changed_is_another(monkeypatch):
    ask, asked = counted(strict)
    judge = Judge(ask)
    judge_answer("<answer>a</answer>", "b", judge=judge)
    monkeypatch.setattr("verifiers.judge.prompt.Prompt.digest", "another")
    judge_answer("<answer>a</answer>", "b", judge=judge)
    assert len(asked) == 2


def test_only_verdicts_are_kept():
    replies = iter(["no idea", "no idea", lambda messages: says(messages, "ACCEPT")])

    def ask(messages):
        reply = next(replies)
        return reply(messages) if callable(reply) else reply

    judge = Judge(ask, attempts=2)
    assert judge_answer("<answer>a</answer>", "b", judge=judge).reason is Reason.UNDECIDED
    verdict = judge_answer("<answer>a</answer>", "b", judge=judge)
    assert verdict.correct
    assert not verdict.details["cached"]


@pytest.mark.parametrize("held", ["", "ACCEPT", "[]", '["MAYBE", ""]', '["ACCEPT", 4]', "4", "[" * 100_000, "null"])
def test_what_is_no_verdict_in_a_cache_is_asked_anew(held):
    class Foreign:
        def get(self, key):
            return held

        def add(self, key, value):
            return held

    verdict = judge_answer("<answer>a</answer>", "A", judge=Judge(strict, cache=Foreign(), model="m"))
    assert verdict.correct
    assert not verdict.details["cached"]


def test_a_cache_that_fails_costs_no_verdict(tmp_path):
    judge = Judge(strict, cache=tmp_path / "cache.sqlite", model="m")
    (tmp_path / "cache.sqlite").write_bytes(b"no database, but long enough to be looked at as one" * 100)
    verdict = judge_answer("<answer>a</answer>", "A", judge=judge)
    assert verdict.correct
    assert "DatabaseError" in verdict.details["cache_fault"]


def test_a_callers_mistake_is_told_at_once(tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"no database, but long enough to be looked at as one" * 100)
    with pytest.raises(ValueError, match="cannot be a cache"):
        Judge(strict, cache=tmp_path / "notes.txt", model="m")
    with pytest.raises(ValueError, match="cannot be a cache"):
        Judge(strict, cache=tmp_path / "missing" / "cache.sqlite", model="m")
    with pytest.raises(ValueError, match="pass model="):
        Judge(strict, cache=tmp_path / "cache.sqlite")
    with pytest.raises(ValueError, match="cache -1"):
        Judge(strict, cache=-1)


@pytest.mark.parametrize("none", [None, 0, False])
def test_no_cache_asks_each_time(none):
    ask, asked = counted(strict)
    judge = Judge(ask, cache=none)
    for _ in range(3):
        judge_answer("<answer>a</answer>", "A", judge=judge)
    assert len(asked) == 3
