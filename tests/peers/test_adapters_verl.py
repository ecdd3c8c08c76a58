"""verl's own reward managers and its reward loop on a local Ray, with `pkg://verifiers.adapters.verl`."""

import sys

import pytest

from tests.peers.environments import said_by

KEYS = ["acc", "pred", "reason", "score", "undecided"]

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the versions of verl.txt want Python 3.11")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the worker says."""
    folder = tmp_path_factory.mktemp("verl")
    (folder / "slow.py").write_text(
        "import time\nfrom verifiers import verify_math\n\ndef patient(completion, ground_truth):\n"
        "    if 'wait' in completion:\n        time.sleep(600)\n    return verify_math(completion, ground_truth)\n"
    )
    ray = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_TMPDIR": "/tmp"}
    return said_by("verl_worker", folder, environment="verl", **ray)


@pytest.mark.parametrize("manager", ["naive", "dapo", "remote"])
def test_a_manager_has_the_score_of_each_data_source_and_the_choice_for_what_is_undecided(said, manager):
    rows = said[manager]
    assert [row["reward_score"] for row in rows] == [1, 0, 1, 0, -0.25, 1]
    reasons = [row["reward_extra_info"]["reason"] for row in rows]
    assert reasons == ["CORRECT", "WRONG", "CORRECT", "WRONG", "BAD_GROUND_TRUTH", "CORRECT"]
    assert [row["reward_extra_info"]["undecided"] for row in rows] == [0, 0, 0, 0, 1, 0]
    assert {tuple(sorted(row["reward_extra_info"])) for row in rows} == {tuple(KEYS)}


def test_the_reward_loop_on_ray_puts_each_score_on_its_last_token(said):
    loop = said["loop"]
    assert loop["scores"] == [1, 0, 1, 0, -0.25, 1]
    assert loop["at"] == [length - 1 for length in loop["lengths"]]
    assert sorted(loop["keys"]) == KEYS
    assert loop["workers"] == 2


def test_verls_validation_reads_what_is_told(said):
    assert said["validation"]["openai/gsm8k"]["acc"]["mean@2"] == 0.5
    assert said["validation"]["codecontests"]["acc"]["mean@2"] == 0.5


def test_parts_of_a_sum_are_told_under_the_same_keys(said):
    assert [row["reward_score"] for row in said["sum"]] == [1, 0, 1, 0, -0.25, 1]
    assert said["sum"][0]["reward_extra_info"]["accuracy_reason"] == "CORRECT"
    assert said["sum"][5]["reward_extra_info"]["accuracy_reason"] == ""  # countdown alone, by the mapping
    assert {tuple(sorted(row["reward_extra_info"])) for row in said["sum"]} == {
        tuple(sorted([*KEYS, "accuracy", "accuracy_reason", "format", "format_reason"]))
    }


def test_one_that_hangs_costs_no_other(said):
    assert [row["reward_extra_info"]["reason"] for row in said["hang"]] == ["CORRECT", "UNDECIDED", "CORRECT"]
    assert [row["reward_score"] for row in said["hang"]] == [1, 0.5, 1]


def test_without_a_choice_there_is_none(said):
    assert "cannot leave a rollout out" in said["no choice"]
    assert "BAD_GROUND_TRUTH" in said["stop"]
    assert "near: 'openai/gsm8k'" in said["unknown"]


def test_the_fallback_of_mathematics_answers_with_hydras_antlr(said):
    assert said["antlr"] == ["4.9.3", "CORRECT", "fallback"]
