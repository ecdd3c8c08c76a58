"""A run of the trainer from its command: it ends, stops, goes on, and says what is wrong."""

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from grpo import train
from grpo.checkpoint import Interrupted, Stop, save_checkpoint
from grpo.config import RecipeError, load_recipe, read_toml
from grpo.lock import held
from grpo.log import open_log, read_metrics
from grpo.sign_puzzle import make_sign_puzzle
from tests.property.test_update_defects import seed_defect
from tests.text_rewards import by_length
from tests.timeless import numbers
from verifiers import weighted

RECIPE = """
model = "{made}/base"
template = "question"
runs = "{runs}"
[sft]
data = "{made}/traces.jsonl"
steps = 3
batch_size = 16
lr = 2e-3
warmup = 2
pack_tokens = 128
[rl]
tasks = "{made}/train.jsonl"
held_out = "{made}/held_out.jsonl"
reward = {{ countdown = 1.0, format = 1.0 }}
algorithm = "{algorithm}"
reference_every = 2
steps = 5
tasks_per_step = 4
group_size = 4
minibatches = 2
max_new_tokens = 24
lr = 1e-3
final_lr = 0.5
eval_every = 2
eval_samples = 1
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_sign_puzzle(folder, seed=0, numbers=2, largest=5, traces=200, held_out=4)
    return folder


@pytest.fixture
def recipe_file(made, tmp_path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(RECIPE.format(made=made, runs=tmp_path / "runs", algorithm="r1_zero"), encoding="utf-8")
    return path


@pytest.fixture
def rewarded(monkeypatch) -> None:
    monkeypatch.setattr(train, "make_reward", lambda recipe, **judges: weighted(countdown=(1.0, by_length)))


class StopsOnceBegun(Stop):
    """Not asked to stop when its first stage begins, and asked ever after."""

    looks = 0

    @property
    def asked(self) -> bool:
        self.looks += 1
        return self.looks > 1


def go(recipe, stop=None):
    run = train.open_run(recipe)
    with open_log(run, quiet=True) as log:
        return train.r1_zero(recipe, run, log=log, stop=stop or Stop())


def weights_hash(model: Path) -> str:
    return hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.usefixtures("rewarded")
@pytest.mark.parametrize("algorithm", ["r1_zero", "dapo"])
def test_a_run_that_is_stopped_after_every_step_ends_with_the_weights_of_an_unbroken_one(made, tmp_path, algorithm):
    path = tmp_path / "small.toml"
    path.write_text(RECIPE.format(made=made, runs=tmp_path / "runs", algorithm=algorithm), encoding="utf-8")
    whole = load_recipe([str(path), "--name", "whole"])
    broken = load_recipe([str(path), "--name", "broken"])
    expected = weights_hash(go(whole))
    run = tmp_path / "runs" / "whole"
    assert all(row["grad_norm"] > 1e-4 for row in read_metrics(run) if row["split"] == "train")
    assert weights_hash(run / "1-sft" / "final") != expected
    stops = 0
    while True:
        try:
            final = go(broken, StopsOnceBegun())
            break
        except Interrupted:
            stops += 1
    assert stops == 9  # three steps of SFT, the way to RL, its five steps
    assert weights_hash(final) == expected
    assert numbers(tmp_path / "runs" / "broken") == numbers(tmp_path / "runs" / "whole")
    rollouts = [
        (tmp_path / "runs" / name / "rollouts.jsonl").read_text(encoding="utf-8") for name in ("whole", "broken")
    ]
    assert rollouts[0] == rollouts[1]


@pytest.mark.usefixtures("rewarded")
def test_a_run_that_is_killed_between_checkpoints_ends_the_same(recipe_file, tmp_path, monkeypatch):
    expected = weights_hash(go(load_recipe([str(recipe_file), "--name", "whole", "--rl.checkpoint-every", "2"])))
    killed = load_recipe([str(recipe_file), "--name", "killed", "--rl.checkpoint-every", "2"])
    calls = 0
    update = train.update

    def dies_in_the_middle_of_step_four(*args):
        nonlocal calls
        calls += 1
        if calls == 8:
            raise MemoryError
        return update(*args)

    monkeypatch.setattr(train, "update", dies_in_the_middle_of_step_four)
    with pytest.raises(MemoryError):
        go(killed)
    assert calls == 8
    assert weights_hash(go(killed)) == expected
    assert numbers(tmp_path / "runs" / "killed") == numbers(tmp_path / "runs" / "whole")


@pytest.mark.usefixtures("rewarded")
def test_how_many_tokens_go_through_at_a_time_changes_no_number(recipe_file, tmp_path):
    for name, tokens in (("wide", "16384"), ("narrow", "64")):
        go(load_recipe([str(recipe_file), "--name", name, "--rl.steps", "2", "--rl.forward-tokens", tokens]))
    wide, narrow = numbers(tmp_path / "runs" / "wide"), numbers(tmp_path / "runs" / "narrow")
    for one, other in zip(wide, narrow, strict=True):
        measured = {key: value for key, value in one.items() if isinstance(value, float) and key != "sampler_gap"}
        assert {key: other[key] for key in measured} == pytest.approx(measured, rel=2e-3, abs=1e-5)


@pytest.mark.usefixtures("rewarded")
def test_sampler_and_update_agree_on_every_log_prob_all_along(recipe_file, tmp_path):
    go(load_recipe([str(recipe_file)]))
    gaps = [row["sampler_gap"] for row in read_metrics(tmp_path / "runs" / "small") if "sampler_gap" in row]
    assert len(gaps) == 5
    assert max(gaps) < 1e-4


def test_another_recipe_in_the_same_folder_is_refused(recipe_file):
    go(load_recipe([str(recipe_file), "--rl.steps", "1"]))
    with pytest.raises(RecipeError, match=r"rl\.lr = 0\.001, now 0\.5.*--name"):
        go(load_recipe([str(recipe_file), "--rl.steps", "1", "--rl.lr", "0.5"]))
    text = recipe_file.read_text(encoding="utf-8").replace("steps = 5", "steps = 1")
    both = "reward = { countdown = 1.0, format = 1.0 }"
    for reward, sentence in (
        ("{ countdown = 1.0 }", r"rl\.reward\.format = 1\.0, now None"),
        ("{ format = 1.0, countdown = 1.0 }", r"rl\.reward in another order"),
    ):
        recipe_file.write_text(text.replace(both, f"reward = {reward}"), encoding="utf-8")
        with pytest.raises(RecipeError, match=sentence):
            go(load_recipe([str(recipe_file)]))


def test_a_setting_that_is_newer_than_the_run_had_its_default(recipe_file, tmp_path):
    recipe = load_recipe([str(recipe_file), "--rl.steps", "1"])
    go(recipe)
    for config in (tmp_path / "runs" / "small").rglob("config.toml"):
        text = config.read_text(encoding="utf-8")
        config.write_text(re.sub(r"^(loss|clip_low|kl|precision) = .*\n", "", text, flags=re.M), encoding="utf-8")
    go(recipe)  # nothing is done again, and nothing refused
    with pytest.raises(RecipeError, match=r"rl\.clip_low = 10\.0, now 0\.3: go on with its values"):
        go(load_recipe([str(recipe_file), "--rl.steps", "1", "--rl.clip-low", "0.3"]))


def test_a_run_goes_on_with_fewer_tokens_at_a_time_other_patience_and_another_logger(recipe_file):
    go(load_recipe([str(recipe_file), "--rl.steps", "1"]))
    changed = ["--rl.forward-tokens", "64", "--rl.reward-timeout-s", "60", "--logger", "tensorboard"]
    recipe = load_recipe([str(recipe_file), "--rl.steps", "1", *changed])
    go(recipe)
    assert read_toml(train.run_folder(recipe) / "config.toml").rl.forward_tokens == 64


def test_a_full_disk_is_one_sentence(recipe_file, tmp_path, monkeypatch, capsys):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(*args, **options):
        monkeypatch.setattr(os, "fsync", full)
        save_checkpoint(tmp_path, 1, model=torch.nn.Linear(9, 9))

    monkeypatch.setattr(train, "r1_zero", fill)
    assert train.main([str(recipe_file)]) == 2
    assert re.search(
        r"error: .*No space left on device: make room; .* the same command goes on", capsys.readouterr().err
    )


def test_two_at_once_in_a_folder_are_refused(recipe_file, capsys):
    recipe = load_recipe([str(recipe_file)])
    run = train.open_run(recipe)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with held(run, "run", "another name"):
        assert train.main([str(recipe_file), "--rl.lr", "0.5"]) == 2
    assert "another run is at work in" in capsys.readouterr().err
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert after == before | {run / "lock": b""}


def test_tasks_of_another_seed_are_made_anew_where_nothing_was_trained(tmp_path):
    line = ["smollm2_cpu", "--runs", str(tmp_path), "--name", "mine", "--rl.tasks"]

    def first_task(*args):
        recipe = load_recipe([*line, *args])
        with pytest.raises(RecipeError, match=r"trian|no/such/model"):
            go(recipe)
        return (train.open_run(recipe) / "0-made" / "train.jsonl").read_text(encoding="utf-8").splitlines()[0]

    first = first_task("made:trian.jsonl")
    assert first_task("made:train.jsonl", "--model", "no/such/model", "--seed", "1") != first


def test_a_question_on_both_sides_is_refused(recipe_file, made):
    with pytest.raises(RecipeError, match=r"train\.jsonl holds \d+ questions that are trained on, such as '\d"):
        go(load_recipe([str(recipe_file), "--rl.held-out", str(made / "train.jsonl")]))


@pytest.mark.usefixtures("rewarded")
def test_a_damaged_checkpoint_is_named(recipe_file, tmp_path):
    recipe = load_recipe([str(recipe_file)])
    with pytest.raises(Interrupted):
        go(recipe, StopsOnceBegun())
    checkpoints = tmp_path / "runs" / "small" / "1-sft" / "checkpoints"
    with pytest.raises(Interrupted):
        go(recipe, StopsOnceBegun())
    (weights,) = (checkpoints / "000002").glob("*.distcp")
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(
        RecipeError, match=r"000002 is damaged .*: delete .*000002, and the same command goes on from step 1"
    ):
        go(recipe)
    shutil.rmtree(checkpoints / "000002")
    assert weights_hash(go(recipe)) == weights_hash(go(load_recipe([str(recipe_file), "--name", "whole"])))


def test_a_run_that_diverges_says_so(recipe_file):
    with pytest.raises(RecipeError, match=r"training has diverged .*smaller lr"):
        go(load_recipe([str(recipe_file), "--sft.lr", "1e30"]))


def command(*args: object, **options) -> subprocess.Popen:
    line = [sys.executable, "-W", "error", "-m", "grpo.train", *map(str, args)]
    return subprocess.Popen(line, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def test_ctrl_c_saves_says_how_to_go_on_and_going_on_reaches_the_report(recipe_file, tmp_path):
    line = [recipe_file, "--rl.steps", "12"]
    first = command(*line)
    metrics = tmp_path / "runs" / "small" / "metrics.jsonl"
    deadline = time.monotonic() + 120
    while not (metrics.is_file() and '"rl"' in metrics.read_text(encoding="utf-8")):
        assert first.poll() is None, first.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=120)
    assert first.returncode == 130
    assert re.search(
        r"stopped after rl, step \d+ of 12 and saved; go on with: python -m grpo\.train .*small\.toml", errors
    )

    second = command(*line)
    output, errors = second.communicate(timeout=120)
    assert second.returncode == 0, errors
    steps = [row["step"] for row in read_metrics(metrics.parent) if row["stage"] == "rl" and row["split"] == "train"]
    assert steps == list(range(1, 13))
    assert "held-out tasks, before and after" in output
    report = metrics.with_name("report.html")
    assert str(report) in output.replace("\n", "")
    assert report.stat().st_size > 10_000
    assert (metrics.parent / "2-rl" / "final" / "model.safetensors").is_file()
    record = [json.loads(row) for row in metrics.with_name("rollouts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"task", "prompt", "completion", "reward", "verdicts"} <= record[-1].keys()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["tiny_gpu"], "recipe 'tiny_gpu' is neither a file nor one of .*did you mean 'tiny_cpu'"),
        (["{recipe}", "--rl.tasks", "nowhere.jsonl"], "no file 'nowhere.jsonl'"),
        (["{recipe}", "--model", "no/such/model"], "model 'no/such/model' is neither a folder here nor a hub name"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_no_success(recipe_file, tmp_path, args, sentence):
    done = command(
        *(arg.replace("{recipe}", str(recipe_file)) for arg in args),
        cwd=tmp_path,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    _, errors = done.communicate(timeout=120)
    assert done.returncode == 2
    assert re.fullmatch(f"error: .*{sentence}.*\n", errors), errors


@pytest.mark.usefixtures("rewarded")
def test_each_minibatch_gets_the_old_log_probs_of_its_own_rollouts_from_before_the_step(recipe_file, monkeypatch):
    update, seen = train.update, []

    def watched(policy, reference, optimizer, groups, rl, old):
        logps = [torch.tensor(rollout.logps) for group in groups for rollout in group.rollouts]
        torch.testing.assert_close(old, logps, rtol=0, atol=1e-4)  # the sampler's weights are those before the step
        measured = update(policy, reference, optimizer, groups, rl, old)
        seen.append(measured)
        return measured

    monkeypatch.setattr(train, "update", watched)
    go(load_recipe([str(recipe_file), "--rl.correction", "token_truncate", "--rl.steps", "2", "--rl.lr", "0.01"]))
    assert len(seen) == 4
    assert all(measured["correction"] == pytest.approx(1, abs=1e-4) for measured in seen)
    assert seen[1]["sampler_gap"] > 1e-3  # the second minibatch: the policy has moved on


@pytest.mark.usefixtures("rewarded")
def test_the_reference_is_the_policy_of_the_last_renewal(recipe_file, monkeypatch):
    update, known, seen = train.update, [], []

    def weights_of(policy):
        return torch.nn.utils.parameters_to_vector(policy.model.parameters()).detach().clone()

    def watched(policy, reference, *rest):
        known.append(weights_of(policy))
        seen.append([torch.equal(weights_of(reference), one) for one in known].index(True))
        return update(policy, reference, *rest)

    monkeypatch.setattr(train, "update", watched)
    go(load_recipe([str(recipe_file), "--rl.minibatches", "1", "--rl.eval-every", "0"]))
    assert seen == [0, 0, 2, 2, 4]  # before the steps 1, 3 and 5


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("reference_of(policy)", "policy"),
        ("reference.model.load_state_dict(policy.model.state_dict())", "pass"),
        ("(step - 1) % rl.reference_every == 0", "step % rl.reference_every == 0"),
    ],
    ids=["the reference is the policy", "the reference is never renewed", "the reference is renewed a step early"],
)
def test_a_stale_reference_is_seen(recipe_file, monkeypatch, rewarded, before, after):
    seed_defect(monkeypatch, train.train_grpo, before, after)
    with pytest.raises((AssertionError, ValueError)):  # the index of a policy that it never was
        test_the_reference_is_the_policy_of_the_last_renewal(recipe_file, monkeypatch)


@pytest.mark.usefixtures("rewarded")
@pytest.mark.parametrize("algorithm", ["dr_grpo", "gspo", "cispo"])
def test_every_preset_trains(made, tmp_path, algorithm):
    path = tmp_path / "small.toml"
    text = RECIPE.format(made=made, runs=tmp_path / "runs", algorithm=algorithm)
    path.write_text(text, encoding="utf-8")
    go(load_recipe([str(path), "--rl.steps", "2", "--rl.mask-truncated"]))
    rows = [
        row for row in read_metrics(tmp_path / "runs" / "small") if row["split"] == "train" and row["stage"] == "rl"
    ]
    assert len(rows) == 2
    assert rows[-1]["grad_norm"] > 0
