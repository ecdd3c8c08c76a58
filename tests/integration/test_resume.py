"""RL that is killed at drawn moments and goes on is the unbroken run: weights, optimiser, reference, and every line."""

import contextlib
import json
import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from grpo import train
from grpo.checkpoint import Stop
from grpo.config import load_recipe
from grpo.log import Log, open_log
from grpo.sign_puzzle import make_sign_puzzle
from tests.timeless import numbers
from verifiers import Reason, Verdict, weighted

RECIPE = """
model = "{folder}/made/base"
template = "question"
runs = "{folder}/runs"
[rl]
tasks = "{folder}/made/train.jsonl"
held_out = "{folder}/made/held_out.jsonl"
reward = {{ countdown = 1.0 }}
kl_coef = 0.05
reference_every = 2
steps = 5
tasks_per_step = 4
group_size = 4
minibatches = 2
correction = "token_truncate"
max_new_tokens = 12
lr = 1e-2
final_lr = 0.5
eval_every = 2
eval_samples = 1
checkpoint_every = 1
keep_last = 9
"""


class Killed(BaseException):
    """The process is gone."""


def by_length(completion: str, ground_truth: object) -> Verdict:
    """A score that differs within a group, whatever an untrained model writes: else no step would change a weight."""
    return Verdict(len(completion) % 5 / 4, Reason.CORRECT)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("resume")
    (folder / "made").mkdir()
    make_sign_puzzle(folder / "made", seed=0, numbers=2, largest=5, traces=20, held_out=4)
    path = folder / "small.toml"
    path.write_text(RECIPE.format(folder=folder), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "make_reward", lambda recipe, **judges: weighted(countdown=(1.0, by_length)))
        yield path


def go(path: Path, name: str, seed: int = 0) -> Path:
    """The run's command, in a process whose global generators stand somewhere; the run's folder."""
    for generator in (torch.manual_seed, np.random.seed, random.seed):
        generator(seed)
    recipe = load_recipe([str(path), "--name", name])
    run = train.open_run(recipe)
    with open_log(run, quiet=True) as log:
        train.r1_zero(recipe, run, log=log, stop=Stop())
    return run


def made(run: Path) -> dict[str, object]:
    """All that must be equal: a checkpoint's hash is of weights, optimiser and reference."""
    manifests = {file.parent.name: json.loads(file.read_text()) for file in run.glob("*/checkpoints/*/manifest.json")}
    return {step: manifest["files"]["__0_0.distcp"]["sha256"] for step, manifest in manifests.items()} | {
        "model": (run / "2-rl" / "final" / "model.safetensors").read_bytes(),
        "metrics": numbers(run),
        "rollouts": (run / "rollouts.jsonl").read_text(),
    }


@pytest.fixture(scope="module")
def whole(recipe) -> dict[str, object]:
    """What a run that nothing broke has made."""
    found = made(go(recipe, "whole"))
    assert {"000001", "000005"} < found.keys()
    assert len({found[f"{step:06}"] for step in range(1, 6)}) == 5
    assert [row["step"] for row in found["metrics"]] == [0, 1, 2, 2, 3, 4, 4, 5, 5]
    return found


PHASES = ["sampling", "scoring", "update", "checkpoint", "row", "rewind"]


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_drawn_moments_of_every_phase_it_ends_as_the_unbroken_run(recipe, whole, monkeypatch, seed):
    """Each phase in turn is where it dies, before or after a drawn call or file operation in it."""
    dice, phase, left, fell = random.Random(seed), "", 0, []

    def ticking(at: str, function):
        def run(*args, **options):
            for do in (lambda: None, lambda: function(*args, **options)):
                nonlocal left
                if at == phase or (at == "file" and phase in inside):
                    left -= 1
                    if left == 0:
                        fell.append(phase)
                        raise Killed
                given = do()
            return given

        return run

    inside: list[str] = []

    def noted(at: str, function):
        def run(*args, **options):
            inside.append(at)
            try:
                return function(*args, **options)
            finally:
                inside.pop()

        return run

    for name, at in (("sample_groups", "sampling"), ("score_rollouts", "scoring"), ("update", "update")):
        monkeypatch.setattr(train, name, ticking(at, getattr(train, name)))
    monkeypatch.setattr(train, "save_checkpoint", noted("checkpoint", train.save_checkpoint))
    for name in ("metrics", "rollouts"):
        monkeypatch.setattr(Log, name, ticking("row", getattr(Log, name)))
    monkeypatch.setattr(Log, "stage", noted("rewind", Log.stage))
    for name in ("fsync", "replace", "rename", "unlink", "mkdir"):
        monkeypatch.setattr(os, name, ticking("file", getattr(os, name)))
    for phase in dice.sample(PHASES, len(PHASES)):
        left = dice.randint(1, 4 if phase == "rewind" else 6)
        with contextlib.suppress(Killed):
            go(recipe, f"broken{seed}", dice.randrange(1 << 32))
    phase = ""
    run = go(recipe, f"broken{seed}", dice.randrange(1 << 32))
    assert len(fell) >= 4, fell
    found = made(run)
    assert {key: value == whole[key] for key, value in found.items()} == dict.fromkeys(whole, True)
