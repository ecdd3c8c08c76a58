"""OpenRLHF's own agent executor, which loads a file of a reward and calls it, and what its sampler makes of it."""

import sys

import pytest

from tests.peers.environments import said_by

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the versions of openrlhf.txt want Python 3.11")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the worker says."""
    return said_by("openrlhf_worker", tmp_path_factory.mktemp("openrlhf"), environment="openrlhf")


def test_the_executor_gets_the_score_of_what_follows_the_prompt(said):
    assert said["math"] == {
        "right": 1.0, "wrong": 0.0, "cut off": 1.0, "the prompt holds the answer": 0.0, "no ground truth": -0.25,
    }  # fmt: skip


def test_a_prompt_that_is_too_long_is_still_told_from_the_completion(said):
    assert said["long prompt"] == [1.0, 0.0]


def test_the_sampler_makes_tensors_of_reward_and_logs(said):
    assert said["experience"]["rewards"] == [[1.0], [-0.25]]
    assert said["experience"]["info"] == [
        {"reward": [1.0], "score": [1.0], "undecided": [0.0], "accuracy": [1.0], "format": [0.0]},
        {"reward": [-0.25], "score": [-0.25], "undecided": [1.0], "accuracy": [-0.25], "format": [0.0]},
    ]


def test_one_that_hangs_costs_no_other_and_all_run_at_once(said):
    assert said["hang"] == [1.0, -0.25, 1.0]


def test_a_file_without_a_choice_is_refused_when_it_is_loaded(said):
    assert "cannot leave a rollout out" in said["refused"]
