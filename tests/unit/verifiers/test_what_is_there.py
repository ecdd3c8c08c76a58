"""What doctor finds, and what it calls wrong."""

import importlib.metadata
import re
from pathlib import Path

import pytest

from verifiers import doctor
from verifiers.__main__ import main
from verifiers.code import boxes
from verifiers.language import identify

ROOT = Path(__file__).parents[3]
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
MATRIX = (ROOT / "verifiers" / "adapters" / "README.md").read_text(encoding="utf-8")


def test_every_extra_is_looked_for():
    table = PROJECT.partition("[project.optional-dependencies]\n")[2].partition("\n[project.entry-points")[0]
    assert set(re.findall(r"^([a-z-]+) = \[", table, re.MULTILINE)) - {"dev"} == set(doctor.EXTRAS)
    for extra, distributions in doctor.EXTRAS.items():
        own = table.partition(f"\n{extra} = [")[2] or table.partition(f"{extra} = [")[2]
        for distribution in distributions:
            assert f'"{distribution}' in own.partition("\n]")[0], (extra, distribution)


def test_what_nobody_asked_for_is_not_wrong(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "EXTRAS", {"ray": ("no-such-ray",)})
    monkeypatch.setattr(boxes, "isolation", lambda: [(False, "tier A (…): no")])
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert '--    extra ray: no no-such-ray: pip install "r1-verifiers[ray]"' in said
    assert "--    verify_code finds no sandbox" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("verifiers", "the distribution verifiers 9.9 is installed too"), ("sympy", "sympy is not installed")],
)
def test_a_name_clash_and_a_missing_library_are_wrong(capsys, monkeypatch, wrong, said):
    version = importlib.metadata.version

    def found(name):
        if name == wrong == "verifiers":
            return "9.9"
        if name in (wrong, "verifiers"):
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", found)
    assert main(["doctor"]) == 1
    assert f"FAIL  {said}" in capsys.readouterr().out


def test_a_check_that_breaks_is_said_and_the_others_are_made(capsys, monkeypatch):
    def broken(*_):
        raise ImportError("libstdc++.so.6 is not there")

    monkeypatch.setattr(identify, "identifier", broken)
    monkeypatch.setattr(doctor, "_needed", broken)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  the check of language broke: ImportError: libstdc++.so.6 is not there" in said
    assert "FAIL  the check of sympy broke" in said
    assert "stacks with an adapter" in said


def test_stacks_are_named_with_their_versions(monkeypatch):
    monkeypatch.setattr(doctor, "_version", {"trl": "1.16.0"}.get)
    assert doctor._stacks() == (True, "stacks with an adapter: trl 1.16.0")


def test_every_stack_of_the_matrix_is_looked_for():
    modules = re.findall(r"^\| \[.*? \| `(\w+)\.py`", MATRIX, re.MULTILINE)
    assert len(modules) == 12
    stacks = {name.removesuffix("-gym").replace("-", "_") for name in doctor.STACKS}
    assert stacks == set(modules) - {"prime"}  # its distribution is a clash of names


def test_the_sandbox_is_the_one_that_opens(monkeypatch):
    lines = [(True, "Linux 6"), (False, "tier A (x): no"), (True, "tier B (y)"), (False, "  control groups: none")]
    monkeypatch.setattr(boxes, "isolation", lambda: lines)
    assert doctor._sandbox() == (True, "programs run in sandbox tier B (y); control groups: none")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["format", "<think>a<answer>"], ["tags            <think> <answer>\n", "BAD_FORMAT, score 0"]),
        (["format", "<think>a</think><answer>b</answer>"], ["CORRECT, score 1"]),
        (["language", "<think>So the sum is even.</think>"], ["wanted          en", "en 100.0%", "CORRECT, score 1"]),
        (["language", "So the sum is even.", "de"], ["wanted          de", "0% of the words are de", "WRONG, score 0"]),
        (["choice", "Answer: (B)", '{"answer": "B", "choices": {"A": "x", "B": "y"}}'], ["(B)", "score 1"]),
        (["choice", r"\boxed{B}", "A"], ["the answer says B", "WRONG, score 0"]),
        (["countdown", r"\boxed{6-2}", '{"numbers": [6, 2], "target": 3}'], ["is 4, not 3", "WRONG, score 0"]),
        (["countdown", r"\boxed{6-2}", "{"], ["is not JSON", "BAD_GROUND_TRUTH, score None"]),
    ],
)  # fmt: skip
def test_explain_says_what_decided(capsys, arguments, parts):
    assert main(["explain", *arguments]) == 0
    said = capsys.readouterr().out
    assert [part for part in parts if part not in said] == [], said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["language", "text", "dee"], "did you mean 'de'?"),
        (["format"], "usage:"),
        (["format", "a", "b"], "usage:"),
        (["choice", "a"], "usage:"),
        ([], "usage:"),
    ],
)
def test_explain_refuses_what_it_cannot_explain(capsys, arguments, said):
    assert main(["explain", *arguments]) == 2
    assert said in capsys.readouterr().err
