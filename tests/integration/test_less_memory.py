"""Whole runs with settings that take less memory: they stop, go on, and end in a plain model."""

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from grpo import train
from grpo.checkpoint import Interrupted
from grpo.config import load_recipe
from grpo.log import read_metrics
from grpo.sign_puzzle import make_sign_puzzle
from tests.integration.test_train import RECIPE, StopsOnceBegun, by_length, go, numbers, weights_hash
from verifiers import weighted

SETTINGS = {
    "eight bits": ["--rl.optimizer", "adamw_8bit", "--sft.optimizer", "adamw_8bit"],
    "adapters": ["--rl.lora-rank", "4", "--rl.reference-every", "0", "--rl.lr", "0.01"],
    "both, recomputed": ["--rl.lora-rank", "64", "--rl.kl-coef", "0", "--rl.optimizer", "adamw_8bit", "--rl.recompute"],
}


@pytest.fixture
def uncompiled():
    """torchao compiles its step, for a minute; without, it is the same arithmetic."""
    torch.compiler.set_stance("force_eager")
    yield
    torch.compiler.set_stance("default")


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("kind", SETTINGS)
def test_a_run_that_is_stopped_after_every_step_ends_as_an_unbroken_one(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(train, "make_reward", lambda recipe, **judges: weighted(countdown=(1.0, by_length)))
    made = tmp_path / "made"
    made.mkdir()
    make_sign_puzzle(made, seed=0, numbers=2, largest=5, traces=200, held_out=4)
    path = tmp_path / "small.toml"
    path.write_text(RECIPE.format(made=made, runs=tmp_path / "runs", algorithm="r1_zero"), encoding="utf-8")
    line = [str(path), "--sft.steps", "2", "--rl.steps", "2", "--rl.eval-every", "0", *SETTINGS[kind]]
    whole = go(load_recipe([*line, "--name", "whole"]))
    stops = 0
    while True:
        try:
            final = go(load_recipe([*line, "--name", "broken"]), StopsOnceBegun())
            break
        except Interrupted:
            stops += 1
    assert stops == 5  # two steps of SFT, the way to RL, its two steps
    assert weights_hash(final) == weights_hash(whole)
    assert numbers(tmp_path / "runs" / "broken") == numbers(tmp_path / "runs" / "whole")
    rows = [row for row in read_metrics(tmp_path / "runs" / "whole") if "sampler_gap" in row]
    assert max(row["sampler_gap"] for row in rows) < 1e-4
    assert weights_hash(whole) != weights_hash(tmp_path / "runs" / "whole" / "1-sft" / "final")
    base = load_file(made / "base" / "model.safetensors")
    assert load_file(final / "model.safetensors").keys() == base.keys()
    assert AutoModelForCausalLM.from_pretrained(final).num_parameters() == sum(w.numel() for w in base.values())
    assert (final / "adapter").is_dir() == ("lora" in " ".join(SETTINGS[kind]))
