"""Two steps of TRL's own GRPOTrainer with our rewards, and what its asynchronous trainer's child does with them."""

import statistics
import sys

import pytest

from tests.peers.environments import said_by

COIN = '''from verifiers import Reason, Verdict

def by_text(completion, ground_truth):
    """Decided by its letters, so that a group of random ones has all three."""
    kind = sum(completion.encode()) % 3
    if kind == 2:
        return Verdict(None, Reason.UNDECIDED, note="it stands on its edge")
    return Verdict(float(kind), Reason.CORRECT if kind else Reason.WRONG, answer="heads" if kind else "tails")
'''

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="TRL 1.16 wants Python 3.11")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the worker says."""
    folder = tmp_path_factory.mktemp("trl")
    (folder / "coin.py").write_text(COIN)
    return said_by("trl_reward_worker", folder, environment="trl")


def advantages(rewards):
    """Those of each group of four, over its decided rewards alone."""
    expected = []
    for at in range(0, len(rewards), 4):
        group = rewards[at : at + 4]
        decided = [reward for reward in group if reward is not None]
        mean = statistics.fmean(decided) if decided else 0.0
        std = statistics.stdev(decided) if len(decided) > 1 else 0.0
        expected += [0.0 if reward is None else (reward - mean) / (std + 1e-4) for reward in group]
    return expected


@pytest.mark.parametrize("kind", ["plain", "chat", "async"])
def test_an_undecided_rollout_has_no_reward_and_no_advantage_and_is_in_no_mean(said, kind):
    groups = [step["rewards"]["coin"][at : at + 4] for step in said[kind] for at in (0, 4)]
    assert any({None, 0.0, 1.0} <= set(group) for group in groups)
    for step in said[kind]:
        rewards = step["rewards"]["coin"]
        if kind == "async":  # TRL adds the other reward, and counts None as 0 beside a number
            pairs = zip(rewards, step["rewards"]["rule"], strict=True)
            rewards = [None if a is b is None else (a or 0.0) + (b or 0.0) for a, b in pairs]
        assert step["advantages"] == pytest.approx(advantages(rewards), abs=1e-3)


@pytest.mark.parametrize("kind", ["plain", "chat", "async"])
def test_trl_logs_the_verdicts_beside_the_completions_and_their_means(said, kind):
    reasons = {None: "UNDECIDED", 0.0: "WRONG", 1.0: "CORRECT"}
    answers = {None: "", 0.0: "tails", 1.0: "heads"}
    for step in said[kind]:
        rewards = step["rewards"]["coin"]
        assert step["extra"]["coin/reason"] == [reasons[reward] for reward in rewards]
        assert step["extra"]["coin/answer"] == [answers[reward] for reward in rewards]
        assert step["metrics"]["coin/undecided"] == rewards.count(None) / 8
        assert "rewards/coin/mean" in step["metrics"]


def test_a_row_is_judged_by_its_data_source(said):
    for step in said["async"]:
        assert step["rewards"]["rule"] == [0.0] * 8
        assert set(step["extra"]["rule/reason"]) <= {"WRONG", "NO_ANSWER"}


def test_parts_of_a_sum_are_metrics_and_columns(said):
    for step in said["sum"]:
        assert {"r1_zero/accuracy", "r1_zero/format", "r1_zero/undecided"} <= set(step["metrics"])
        assert step["extra"]["r1_zero/format_reason"] == ["BAD_FORMAT"] * 8


def test_trl_knows_its_name_and_whether_it_is_async(said):
    assert said["names"] == ["math", "math"]
    assert said["is async"] == [False, True]


@pytest.mark.parametrize("kind", ["sync child", "async child"])
def test_a_spawned_child_gives_an_undecided_rollout_no_advantage(said, kind):
    advantages = [advantage for advantage, _ in said[kind]]
    assert advantages == pytest.approx([0.7071, -1.4142, 0.0, 0.7071], abs=1e-3)
    assert all("rewards/math" in metrics for _, metrics in said[kind])
