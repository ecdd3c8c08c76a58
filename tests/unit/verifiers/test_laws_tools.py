"""The audit from the command line, and the pytest marker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from verifiers.__main__ import main

ROOT = Path(__file__).parents[3]
QUICK = ["--kind", "format", "--profile", "quick", "--laws", "a_near_miss_is_never_paid,a_right_answer_is_paid"]


@pytest.mark.parametrize(
    "arguments",
    [["verifiers:verify_format", *QUICK], ["tests/right_rewards.py:verl", "--groups", "integers", *QUICK[2:]]],
)
def test_audit_ends_with_0_where_no_law_is_broken(arguments, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["audit", *arguments]) == 0
    assert "2 laws kept, 0 broken" in capsys.readouterr().out


def test_audit_ends_with_1_where_one_is(capsys):
    assert main(["audit", "tests.wrong_rewards:tags_counted", *QUICK]) == 1
    assert "a near miss is never" in capsys.readouterr().out
    assert main(["audit", "tests.wrong_rewards:tags_counted", "--json", *QUICK]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [finding["status"] for finding in report["findings"]] == ["kept", "broken"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tests.right_rewards:strangely_named"], "the parameter 'alpha' of strangely_named is not understood"),
        (["tests.right_rewards:verdict", "--kind", "maths"], "did you mean 'math'?"),
        (["tests/nothing.py:verdict"], "there is no file tests/nothing.py"),
    ],
)
def test_audit_ends_with_2_where_it_cannot_ask(arguments, said, capsys):
    assert main(["audit", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install():
    script = "import sys; sys.modules['hypothesis'] = None; from verifiers.__main__ import main; "
    script += "sys.exit(main(['audit', 'verifiers:verify_math']))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "verifiers.laws needs hypothesis: pip install 'r1-verifiers[laws]'" in done.stderr


TESTS = """
import pytest
from verifiers import verify_format

options = {"kind": "format", "profile": "quick", "laws": ["a_near_miss_is_never_paid"]}

@pytest.fixture
def reward():
    return verify_format

@pytest.mark.reward_laws(**options)
def test_ours(reward):
    return reward

@pytest.mark.reward_laws(**options)
def test_lax():
    return lambda completion, ground_truth: float("</think>" in completion)

@pytest.mark.reward_laws(**options)
def test_nothing():
    pass

@pytest.mark.reward_laws("format", profile="quick", laws=["a_right_answer_is_paid"])
def test_by_name():
    return "verifiers:verify_format"

@pytest.mark.reward_laws("format", laws=[])
def test_vacuous():
    return verify_format

def test_plain():
    assert True
"""


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-p", "verifiers.laws.plugin", "-q", "--strict-markers", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_marker_holds_what_a_test_returns_against_the_laws(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    done = run_pytest(tmp_path, "-W", "error", "-rf")
    assert "3 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "the reward function breaks 1 of 1 laws" in done.stdout
    assert "a near miss is never" in done.stdout
    assert "laws=[] names no law" in done.stdout
    assert "a test with reward_laws returns the reward function, not None" in done.stdout
    assert "reward_laws(kind, **options)" in run_pytest(tmp_path, "--markers").stdout


def test_a_plain_run_of_pytest_loads_nothing_for_it(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n    heavy = {'hypothesis', 'rich', 'verifiers.laws.audit', 'sympy'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    done = run_pytest(tmp_path, "-W", "error")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
