"""What importing costs, what the names are, and what the commands answer."""

import pytest

import sandbox
import verifiers
from verifiers.__main__ import main


def test_every_name_is_there():
    assert all(getattr(verifiers, name) is not None for name in verifiers.__all__)
    assert set(verifiers.__all__) <= set(dir(verifiers))
    misspelt = "verify_maths"
    with pytest.raises(AttributeError, match=misspelt):
        getattr(verifiers, misspelt)


def test_doctor_finds_all_well(capsys):
    assert main(["doctor"]) == 0
    assert "FAIL" not in capsys.readouterr().out


def test_without_a_command_both_are_named(capsys):
    assert main([]) == 2
    assert "python -m verifiers" in capsys.readouterr().err


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


def test_a_sandbox_that_is_misspelt_is_named():
    with pytest.raises(ValueError, match="did you mean 'docker'"):
        sandbox.open_sandbox("dokcer")


@pytest.mark.parametrize("limits", [{"cpu_s": 0}, {"memory_mb": -1}, {"wall_s": float("nan")}])
def test_limits_are_above_zero(limits):
    with pytest.raises(ValueError, match="above 0"):
        sandbox.Limits(**limits)
