"""Rejection sampling from its call to its files: what is kept, why the rest is not, and that a kill changes nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from grpo import rejection, sifting
from grpo.checkpoint import Interrupted, Stop
from grpo.config import RecipeError
from grpo.filters import first_fault
from grpo.log import open_log, read_metrics
from grpo.policy import load_policy
from grpo.rejection import rejection_sample
from grpo.settings import Recipe, Rejection, Sft
from grpo.sft import load_pairs
from grpo.tasks import read_jsonl, write_jsonl
from tests.scripted_judge import says, texts_of
from tests.scripted_sampler import SCRIPT, sampler, save_byte_model, task
from tests.timeless import numbers
from verifiers import Judge, endpoint

SETTINGS = Rejection(samples=8, keep=2, max_new_tokens=3000, longest_paragraph=200, rows=16)
FILES = ("kept.jsonl", "rejected.jsonl", "counts.json")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return str(save_byte_model(tmp_path_factory.mktemp("bytes")))


@pytest.fixture
def tasks(tmp_path) -> Path:
    write_jsonl(tmp_path / "tasks.jsonl", [task(number) for number in range(9)])
    return tmp_path / "tasks.jsonl"


@pytest.fixture
def scripted(monkeypatch) -> None:
    monkeypatch.setattr(sifting, "open_engine", sampler())


def go(model, tasks, run, settings=SETTINGS, stop=None, judge=None, seed=0, **recipe):
    recipe = Recipe(name="r", model=model, template="question", device="cpu", seed=seed, **recipe)
    with open_log(run, quiet=True) as log:
        out = run / "3-rejection-sampling"
        return rejection_sample(recipe, settings, model, tasks, out, log=log, stop=stop or Stop(), judge=judge)


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


@pytest.mark.usefixtures("scripted")
def test_what_is_right_and_readable_is_kept_and_every_other_completion_says_why_not(model, tasks, tmp_path):
    general = tmp_path / "general.jsonl"
    write_jsonl(general, [{"question": f"Write {n}.", "completion": f"Poem {n}"} for n in range(5)])
    file = go(model, tasks, tmp_path / "run", replace(SETTINGS, general=str(general)))
    kept, rejected = rows(file), rows(file.with_name("rejected.jsonl"))
    counts = json.loads(file.with_name("counts.json").read_text(encoding="utf-8"))
    sampled = [row for row in kept if row["source"] == "sampled"]
    assert {row["completion"] for row in kept} >= {f"Poem {n}" for n in range(5)}
    sources = [row["source"] for row in kept]
    assert sources != sorted(sources)
    assert sources != sorted(sources, reverse=True)
    assert all(row["completion"].startswith("<think>First I add") for row in sampled)
    assert all(f"\\boxed{{{row['ground_truth']}}}" in row["completion"] for row in sampled)
    assert max(Counter(row["id"] for row in sampled).values()) == 2
    assert len({(row["id"], row["completion"]) for row in sampled}) == len(sampled)
    assert len(sampled) + len(rejected) == 9 * 8 == counts["sampled"]
    for fault, text in SCRIPT.items():
        named = [row for row in rejected if row["faults"] and first_fault(row["faults"]) == fault]
        assert not fault or (named and all(row["completion"][:18] == text[:18] for row in named)), fault
        assert not fault or counts["rejected_by_first_fault"].get(fault) == len(named)
    assert all(row["faults"] for row in rejected)
    assert {"duplicate", "surplus"} <= set(counts["rejected_by_first_fault"])
    assert sum(counts["rejected_by_first_fault"].values()) == len(rejected)
    assert sum(counts["tasks_by_number_kept"].values()) == 9
    last = read_metrics(tmp_path / "run")[-1]
    assert last["stage"] == "rejection-sampling"
    assert (last["step"], last["sampled"], last["kept"]) == (5, 72, len(sampled))
    assert last["rejected/wrong"] == counts["rejected_by_first_fault"]["wrong"]
    assert not (file.parent / "batches").exists()
    policy = load_policy(model, device="cpu")
    recipe = Recipe(name="r", model=model, template="question", sft=Sft(pack_tokens=4096))
    assert len(load_pairs(policy, recipe, file)) == len(kept)


@pytest.mark.usefixtures("scripted")
def test_the_same_seed_keeps_the_same_and_another_seed_others(model, tasks, tmp_path):
    one, same, other = (go(model, tasks, tmp_path / f"run{n}", seed=n // 2) for n in range(3))
    assert contents(one.parent) == contents(same.parent)
    assert one.read_bytes() != other.read_bytes()


@pytest.mark.usefixtures("scripted")
def test_killed_before_or_after_any_write_and_resumed_it_ends_the_same(model, tasks, tmp_path, monkeypatch):
    expected = contents(go(model, tasks, tmp_path / "whole").parent)
    replaces = os.replace
    deaths = 0

    def dying(moment, before):
        calls = 0

        def die_once(old, new):
            nonlocal calls
            if "3-rejection" not in str(new):
                return replaces(old, new)
            calls += 1
            if calls == moment and before:
                raise MemoryError
            replaces(old, new)
            if calls == moment:
                raise MemoryError

        return die_once

    for moment in range(1, 9):  # five batches and three files
        for before in (True, False):
            run = tmp_path / f"killed-{moment}-{before}"
            monkeypatch.setattr(os, "replace", dying(moment, before))
            with pytest.raises(MemoryError):
                go(model, tasks, run)
            deaths += 1
            monkeypatch.setattr(os, "replace", replaces)
            kept = run / "3-rejection-sampling" / "kept.jsonl"
            assert kept.exists() is (moment == 8 and not before)
            assert contents(go(model, tasks, run).parent) == expected
            assert numbers(run) == numbers(tmp_path / "whole")
    assert deaths == 16


KILLED = """
import sys, time
from grpo import sifting
from tests.integration import test_rejection as here
from pathlib import Path
say = here.sampler()
def slow(*args, **options):
    time.sleep(0.2)
    return say(*args, **options)
sifting.open_engine = slow
here.go(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.usefixtures("scripted")
def test_kill_9_and_the_same_call_again_ends_the_same(model, tasks, tmp_path):
    run = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", KILLED, model, str(tasks), str(run)])
    third = run / "3-rejection-sampling" / "batches" / "000002.jsonl"
    deadline = time.monotonic() + 120
    while not third.is_file():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (third.parent.parent / "kept.jsonl").exists()
    assert contents(go(model, tasks, run).parent) == contents(go(model, tasks, tmp_path / "whole").parent)
    assert numbers(run) == numbers(tmp_path / "whole")


class Asked(Stop):
    asked = True


@pytest.mark.usefixtures("scripted")
def test_asked_to_stop_it_stops_after_each_batch_and_goes_on_where_it_was(model, tasks, tmp_path, monkeypatch):
    expected = contents(go(model, tasks, tmp_path / "whole").parent)
    for batch in range(1, 6):
        with pytest.raises(Interrupted, match=f"rejection-sampling, batch {batch} of 5"):
            go(model, tasks, tmp_path / "run", stop=Asked())
    monkeypatch.setattr(sifting, "open_engine", None)  # all batches are there
    assert contents(go(model, tasks, tmp_path / "run").parent) == expected
    monkeypatch.setattr(rejection, "load_policy", None)  # and now the file is
    assert contents(go(model, tasks, tmp_path / "run").parent) == expected


def test_a_model_that_writes_nonsense_is_sampled_for_real_and_nothing_is_kept(model, tasks, tmp_path):
    settings = replace(SETTINGS, max_new_tokens=4, samples=2)
    for _ in range(2):  # the second time from what is there
        with pytest.raises(
            RecipeError, match=r"none of 18 completions is kept \(truncated \d+.*\): see .*rejected\.jsonl"
        ):
            go(model, tasks, tmp_path / "run", settings)
    assert not (tmp_path / "run" / "3-rejection-sampling" / "kept.jsonl").exists()


MOON = "The moon pulls on the sea, and the earth turns under it."


def capitals(question, dice, kinds):
    answer = dice.choice(["Paris", "PARIS", "Rome"]) if "capital" in question else dice.choice([MOON.upper(), "Wind."])
    return f"<think>I have to remember what I have read about that.</think><answer>{answer}</answer>"


@pytest.fixture
def open_tasks(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(sifting, "open_engine", sampler(capitals))
    capital = {"answer": "Paris", "question": "What is the capital of France?"}
    lines = [
        {"id": "capital", "question": capital["question"], "ground_truth": capital},
        {"id": "tides", "question": "Why are there tides?", "ground_truth": MOON},
        {"id": "chat", "question": "Write a poem.", "ground_truth": {"question": "Write a poem."}},
        {"id": "year", "question": "When?", "ground_truth": "It was signed in 1648."},  # no rule reads it
        {"id": "again", "question": "Why are there tides?", "ground_truth": MOON},
    ]
    write_jsonl(tmp_path / "open.jsonl", lines)
    return tmp_path / "open.jsonl"


def casefolds(messages):
    texts = texts_of(messages)
    shown.append(texts)
    same = texts["answer"].casefold() == texts["reference"].casefold()
    return says(messages, "ACCEPT" if same else "REJECT")


shown: list[dict] = []


def test_what_no_rule_decides_is_judged(model, open_tasks, tmp_path):
    shown.clear()
    file = go(model, open_tasks, tmp_path / "run", replace(SETTINGS, keep=9), judge=Judge(casefolds))
    said = {row["completion"].partition("<answer>")[2] for row in rows(file)}
    assert said == {"Paris</answer>", "PARIS</answer>", f"{MOON.upper()}</answer>"}
    assert {texts["question"] for texts in shown} >= {"What is the capital of France?", "Why are there tides?"}
    rejected = rows(file.with_name("rejected.jsonl"))
    left_out = {row["id"]: list(row["faults"]) for row in rejected if row["completion"] is None}
    assert left_out == {"chat": ["no_rule"], "again": ["duplicate"]}
    assert {row["answer"] for row in rejected if "wrong" in row["faults"]} >= {"Rome", "Wind."}
    assert "year" in {row["id"] for row in rejected if "wrong" in row["faults"]}


def test_without_a_judge_what_no_rule_decides_is_left_out_and_counted(model, tasks, open_tasks, tmp_path, monkeypatch):
    only = tmp_path / "only.jsonl"
    write_jsonl(only, [row for _, row in read_jsonl(open_tasks, {}) if row["id"] in ("capital", "chat", "year")])
    with pytest.raises(RecipeError, match=r"no rule reads any of its ground truths: give rejection\.judge_url"):
        go(model, only, tmp_path / "none")
    both = tmp_path / "both.jsonl"
    both.write_text(tasks.read_text(encoding="utf-8") + only.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(sifting, "open_engine", sampler())
    file = go(model, both, tmp_path / "run")
    counts = json.loads(file.with_name("counts.json").read_text(encoding="utf-8"))
    assert (counts["tasks"], counts["tasks_left_out"], counts["sampled"]) == (9, 3, 72)


def test_a_judge_that_does_not_answer_is_one_sentence_and_what_was_sampled_is_kept(
    model, open_tasks, tmp_path, monkeypatch
):
    nobody = Judge(endpoint("http://127.0.0.1:9", "judge", total_s=0.1))
    with pytest.raises(RecipeError, match=r"the judge does not answer: judge at 127\.0\.0\.1:9.*same command again"):
        go(model, open_tasks, tmp_path / "run", judge=nobody)
    monkeypatch.setattr(rejection, "JUDGE_TOTAL_S", 0.1)
    unreached = replace(SETTINGS, judge_url="http://127.0.0.1:9", judge_model="judge")
    with pytest.raises(RecipeError, match="the judge does not answer"):
        go(model, open_tasks, tmp_path / "run", unreached)

    def dies(messages):
        if "tides" in texts_of(messages)["question"]:
            raise OSError("gone")
        return casefolds(messages)

    one_by_one = replace(SETTINGS, rows=8, keep=9)
    with pytest.raises(RecipeError, match="the judge does not answer: the judge raised OSError: gone"):
        go(model, open_tasks, tmp_path / "run", one_by_one, judge=Judge(dies))
    assert (tmp_path / "run" / "3-rejection-sampling" / "batches" / "000000.jsonl").is_file()
    resumed = go(model, open_tasks, tmp_path / "run", one_by_one, judge=Judge(casefolds))
    whole = go(model, open_tasks, tmp_path / "whole", one_by_one, judge=Judge(casefolds))
    assert contents(resumed.parent) == contents(whole.parent)

    def stumbles(messages):
        if texts_of(messages)["answer"] == "PARIS":
            raise OSError("gone")
        return casefolds(messages)

    file = go(model, open_tasks, tmp_path / "half", one_by_one, judge=Judge(stumbles))
    undecided = {row["answer"] for row in rows(file.with_name("rejected.jsonl")) if "undecided" in row["faults"]}
    assert undecided == {"PARIS"}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"samples": 0}, r"rejection\.samples is 0: it must be 1 or more"),
        ({"temperature": 0.0}, r"rejection\.temperature is 0\.0"),
        ({"top_p": 1.5}, r"rejection\.top_p is 1\.5"),
        ({"consistency": 2.0}, r"rejection\.consistency is 2\.0"),
        ({"general": "generl.jsonl"}, r"no file 'generl\.jsonl'"),
        ({"judge_url": "nowhere", "judge_model": "m"}, r"judge_url and judge_model: url 'nowhere' is not like http"),
        ({"judge_url": "http://127.0.0.1:9"}, r"judge_url and judge_model: the model needs a name"),
    ],
)
def test_bad_settings_are_one_sentence_before_any_model_is_loaded(model, tasks, tmp_path, settings, sentence):
    with pytest.raises(RecipeError, match=sentence):
        go("no/such/model", tasks, tmp_path / "run", replace(SETTINGS, **settings))


def test_a_wrong_path_and_a_ground_truth_that_cannot_be_read_are_named(model, tasks, tmp_path):
    with pytest.raises(RecipeError, match=r"no file .*taks\.jsonl'; did you mean .*tasks\.jsonl"):
        go(model, tasks.with_name("taks.jsonl"), tmp_path / "run")
    write_jsonl(tasks, [task(1), {"id": "bad", "question": "?", "ground_truth": {"verifier": "maths"}}])
    with pytest.raises(RecipeError, match=r"task 'bad': no verifier reads its ground truth: no verifier 'maths'"):
        go(model, tasks, tmp_path / "run")
    write_jsonl(tasks, [task(1)])
    with pytest.raises(RecipeError, match=r"task 'sum-1' with max_new_tokens: \d+ tokens, more than the model's"):
        go(model, tasks, tmp_path / "run", replace(SETTINGS, max_new_tokens=10_000))
    with pytest.raises(RecipeError, match="neither a folder here nor a hub name"):
        go("no/such/model", tasks, tmp_path / "run")
