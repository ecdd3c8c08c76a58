"""What importing costs, what the names are, and what the commands answer."""

import json

import pytest

import sandbox
import verifiers
from verifiers.__main__ import COMMANDS, main


def test_every_name_is_there():
    assert all(getattr(verifiers, name) is not None for name in verifiers.__all__)
    assert set(verifiers.__all__) <= set(dir(verifiers))
    misspelt = "verify_maths"
    with pytest.raises(AttributeError, match=misspelt):
        getattr(verifiers, misspelt)


def test_doctor_finds_all_well(capsys):
    assert main(["doctor"]) == 0
    assert "FAIL" not in capsys.readouterr().out


def test_without_a_command_all_are_named(capsys):
    assert main([]) == 2
    said = capsys.readouterr().err
    assert all(f"python -m verifiers {command}" in said for command in COMMANDS)
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("arguments", [["docter"], ["doctor", "now"]])
def test_an_unknown_command_names_the_nearest(arguments, capsys):
    assert main(arguments) == 2
    assert "did you mean `python -m verifiers doctor`?" in capsys.readouterr().err


def test_explain_says_what_was_extracted_read_and_decided(capsys):
    assert main(["explain", "math", r"<think>3?</think> so \boxed{x > 3}", r"(3,\infty)"]) == 0
    said = capsys.readouterr().out
    for part in ("x > 3", "rel(x, 3", "(3, infinity)", "the same set of numbers", "CORRECT, score 1"):
        assert part in said
    assert main(["explain", "math", "1+", "3"]) == 0
    assert "something is missing at the end" in capsys.readouterr().out
    assert main(["explain", "maths", "1", "3"]) == 2
    assert "usage: python -m verifiers explain math" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "truth", "parts"),
    [
        (
            "<think>so</think> <answer>```\nprint(input())\n```</answer>",
            {"kind": "stdin", "tests": [{"input": "1", "output": "1"}, {"input": "2", "output": "4"}]},
            ["from    the completion", "print(input())\n", "stdin, compared by lines", "cpu_s 3, wall_s 12",
             "test 1   ", "AC, 0.0", "given     '2'", "expected  '4'", "printed   '2\\n'", "passed          1 of 2",
             "decided by      test 2 of 2: WA", "WRONG, score 0"],
        ),
        (
            "def f(n):\n    return 1 // n",
            {"kind": "function", "entry_point": "f", "tests": [{"args": [n], "expected": 1} for n in (1, 0, 2)]},
            ["taken as a bare program: the answer has no fenced block", "    return 1 // n", "returned  1", "RE, 0.0",
             "stderr    ZeroDivisionError", "WA, 0.0", "decided by      test 2 of 3: RE", "RUNTIME_ERROR, score 0"],
        ),
        (
            "def f(n): return n",
            {"kind": "assert", "test": "assert f(1)==1\nassert f(n=2) == 4"},
            ["asked     assert f(n=2) == 4", "returned 2: assert f(n=2) == 4 does not hold", "passed          1 of 2"],
        ),
        (
            "def f(n): return n",
            {"kind": "assert", "test": "for n in range(3): assert f(n) == n"},
            ["run apart; calls of the program: 3", "every test was passed", "CORRECT, score 1"],
        ),
        ("def f(n) return n", {"kind": "assert", "test": "assert f(1)"}, ["CE, ", "0 of 1", "COMPILE_ERROR"]),
        (" ", {"kind": "assert", "test": "assert f(1)"}, ["NO_ANSWER, score 0"]),
        ("def f(n): return n", {"kind": "asert"}, ["did you mean 'assert'?", "BAD_GROUND_TRUTH, score None"]),
    ],
)  # fmt: skip
def test_explain_code_says_what_each_test_asked_and_got(tmp_path, capsys, program, truth, parts):
    files = [tmp_path / "completion.txt", tmp_path / "truth.json"]
    files[0].write_text(program, encoding="utf-8")
    files[1].write_text(json.dumps(truth), encoding="utf-8")
    assert main(["explain", "code", *map(str, files)]) == 0
    said = capsys.readouterr().out
    assert [part for part in parts if part not in said] == [], said
    assert main(["explain", "code", str(tmp_path / "none"), str(files[1])]) == 2
    assert "No such file" in capsys.readouterr().err


def test_a_sandbox_that_is_misspelt_is_named():
    with pytest.raises(ValueError, match="did you mean 'docker'"):
        sandbox.open_sandbox("dokcer")


@pytest.mark.parametrize("limits", [{"cpu_s": 0}, {"memory_mb": -1}, {"wall_s": float("nan")}])
def test_limits_are_above_zero(limits):
    with pytest.raises(ValueError, match="above 0"):
        sandbox.Limits(**limits)
