"""Whole runs that refill, that fall ill and say so, and that are stopped before a sick step."""

import json
import math

import pytest

from grpo import replay, train
from grpo.checkpoint import Interrupted, Stop
from grpo.config import load_recipe
from grpo.gradients import Diverged
from grpo.log import read_metrics
from grpo.report import clean, write_report
from grpo.sign_puzzle import make_sign_puzzle
from grpo.tasks import seed_of
from tests.integration.test_train import RECIPE, StopsOnceBegun, go, numbers, weights_hash
from tests.text_rewards import undecided_or_wrong
from verifiers import Reason, Reward, Verdict, weighted


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    make_sign_puzzle(folder, seed=0, numbers=2, largest=5, traces=200, held_out=4)
    return folder


@pytest.fixture
def recipe(made, tmp_path):
    """The recipe of test_train, without its SFT."""
    path = tmp_path / "small.toml"
    text = RECIPE.format(made=made, runs=tmp_path / "runs", algorithm="dapo").replace("steps = 3\n", "steps = 0\n", 1)
    path.write_text(text, encoding="utf-8")
    return lambda name, *args: load_recipe([str(path), "--name", name, *args])


def rewarded(monkeypatch, verify):
    monkeypatch.setattr(train, "make_reward", lambda recipe, **judges: weighted(countdown=(1.0, verify)))


def some_silent(completion, ground_truth):
    """All right for three tasks in four, as the target has it; else by length, which differs within a group."""
    right = 1.0 if ground_truth["target"] % 4 else len(completion) % 5 / 4
    return Verdict(right, Reason.CORRECT if right == 1 else Reason.WRONG)


class StopsAt(Stop):
    """Asked to stop after so many steps; the stage looks once before it begins, and once a step."""

    def __init__(self, steps):
        self.left = steps + 1

    @property
    def asked(self):
        self.left -= 1
        return self.left <= 0


def train_rows(tmp_path, name):
    return [row for row in read_metrics(tmp_path / "runs" / name) if row["split"] == "train"]


def test_a_run_with_refill_that_is_stopped_after_every_step_is_the_unbroken_one(recipe, tmp_path, monkeypatch):
    rewarded(monkeypatch, some_silent)
    expected = weights_hash(go(recipe("whole", "--rl.refill", "2")))
    stops = 0
    while True:
        try:
            final = go(recipe("broken", "--rl.refill", "2"), StopsOnceBegun())
            break
        except Interrupted:
            stops += 1
    assert stops == 5
    assert weights_hash(final) == expected
    whole, broken = (tmp_path / "runs" / name for name in ("whole", "broken"))
    assert numbers(whole) == numbers(broken)
    texts = [(run / "rollouts.jsonl").read_text(encoding="utf-8") for run in (whole, broken)]
    assert texts[0] == texts[1]

    rows = train_rows(tmp_path, "whole")
    assert {row["rounds"] for row in rows} & {1, 2}
    assert sum(row["refilled"] for row in rows) >= 5
    assert all(row["silent_groups"] == pytest.approx(row["silent_before"] - row["refilled"] / 4) for row in rows)
    rollouts = [json.loads(line) for line in texts[0].splitlines()]
    for row in rows:
        own = [one for one in rollouts if (one["split"], one["step"]) == ("train", row["step"])]
        assert len(own) == 4 * row["groups"]
        assert sum(one.get("left_out", False) for one in own) == 4 * (row["groups"] - 4)
        assert row["reward"] == pytest.approx(sum(one["reward"] for one in own) / len(own))
    epochs = [row["epoch"] for row in rows]
    assert epochs == sorted(set(epochs))

    go(recipe("plain", "--rl.steps", "1"))
    [plain] = train_rows(tmp_path, "plain")
    assert not {"rounds", "refilled", "groups", "silent_before"} & plain.keys()
    assert plain["silent_groups"] == rows[0]["silent_before"]  # the first round is the step without refill


def test_a_run_takes_its_tasks_by_the_columns_it_was_told(recipe, made, tmp_path, monkeypatch):
    rewarded(monkeypatch, some_silent)
    lines = [json.loads(line) for line in (made / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    rated = tmp_path / "rated.jsonl"
    rates = [i / len(lines) for i in range(len(lines))]
    rows = [line | {"id": f"t{i}", "pass_rate": rates[i]} for i, line in enumerate(lines)]
    rated.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = "--rl.pass-rate-max", "0.5", "--rl.curriculum=-pass_rate", "--rl.steps", "2", "--rl.tasks", str(rated)
    go(recipe("eased", *options))
    rollouts = (tmp_path / "runs" / "eased" / "rollouts.jsonl").read_text(encoding="utf-8").splitlines()
    taken = [json.loads(line) for line in rollouts]
    taken = list(dict.fromkeys(row["task"] for row in taken if row["split"] == "train"))
    hardest_first = [f"t{i}" for i in reversed(range(len(lines))) if rates[i] <= 0.5]
    assert taken == hardest_first[:8]


def test_a_sick_run_says_so_once_on_screen_in_its_metrics_and_in_its_report(recipe, tmp_path, monkeypatch, capsys):
    rewarded(monkeypatch, undecided_or_wrong)
    options = "--rl.steps", "12", "--rl.eval-every", "0", "--rl.max-new-tokens", "6", "--rl.minibatches", "1"
    said = []
    monkeypatch.setattr("grpo.log.Log.say", lambda log, sentence: said.append(sentence))
    stopped = 0
    for stop in (StopsAt(6), StopsAt(5), None):  # before and after the warnings, which are in the files alone
        try:
            go(recipe("sick", *options), stop)
        except Interrupted:
            stopped += 1
    assert stopped == 2
    rows = train_rows(tmp_path, "sick")
    warnings = {cause: row["step"] for row in rows for cause in row.get("warnings", {})}
    assert warnings == {"undecided": 10, "cut_off": 10}
    assert "most of them for countdown UNDECIDED (nobody knows)" in rows[9]["warnings"]["undecided"]
    page = write_report(tmp_path / "runs" / "sick").read_text(encoding="utf-8")
    for sentence in rows[9]["warnings"].values():
        assert sum(sentence in line for line in said) == 1
        assert clean(sentence) in page


def test_a_sick_step_stops_the_run_and_its_folder_says_which_rollout_it_was(recipe, tmp_path, monkeypatch, capsys):
    rewarded(monkeypatch, some_silent)
    options = "--rl.steps", "4", "--rl.checkpoint-every", "2"
    expected = weights_hash(go(recipe("well", *options)))
    sample_groups, sick = train.sample_groups, seed_of(0, "train", 3)

    def infinite(*args, **options):
        groups = sample_groups(*args, **options)
        if options.get("seed") == sick:  # the second rollout of the second minibatch
            groups[2].rewards[1] = Reward(math.inf, {})
        return groups

    monkeypatch.setattr(train, "sample_groups", infinite)
    with pytest.raises(Diverged, match=r"rewards not finite.*mend the verifier.*step 3 has not reached") as stopped:
        go(recipe("sick", *options))
    folder = tmp_path / "runs" / "sick" / "2-rl" / "bad-step-3"
    assert f"python -m grpo.replay {folder} says" in str(stopped.value)
    assert [row["step"] for row in train_rows(tmp_path, "sick")] == [1, 2]
    capsys.readouterr()
    assert replay.main([str(folder)]) == 1
    assert "not finite: rollout 1\n" in capsys.readouterr().out

    monkeypatch.setattr(train, "sample_groups", sample_groups)  # mended: the same command goes on
    assert weights_hash(go(recipe("sick", *options))) == expected
    assert numbers(tmp_path / "runs" / "sick") == numbers(tmp_path / "runs" / "well")
