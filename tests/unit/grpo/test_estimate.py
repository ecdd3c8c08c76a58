"""A dry run says what a recipe takes, and leaves nothing behind."""

import pytest

from grpo import estimate as module
from grpo.config import load_recipe
from grpo.estimate import estimate, span
from grpo.memory import rl_memory, shape_of
from grpo.policy import load_policy
from grpo.sign_puzzle import make_sign_puzzle
from grpo.train import MAKERS, main

SMALL = ["--rl.tasks-per-step", "4", "--rl.group-size", "4", "--rl.max-new-tokens", "32", "--sft.steps", "3"]


def test_a_dry_run_prints_each_stage_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tiny_cpu", "--dry-run", *SMALL]) == 0
    said = capsys.readouterr().out
    for word in ("sft", "rl", "weights", "optimiser", "activations of an update", "peak", "sampling, a step", "all"):
        assert word in said
    assert not list(tmp_path.iterdir())


def test_the_peak_is_that_of_the_refusal_but_for_the_prompts_it_cannot_know(tmp_path):
    recipe = load_recipe(["tiny_cpu", *SMALL])
    _, rl = estimate(recipe, MAKERS)
    make_sign_puzzle(tmp_path, 0)
    refused = rl_memory(shape_of(str(tmp_path / "base")), recipe.rl, bfloat16=False)
    assert rl.memory.weights == refused.weights
    assert refused.peak <= rl.memory.peak < 1.1 * refused.peak
    assert rl.total_s == pytest.approx(rl.steps * (rl.sampling_s + rl.update_s) + rl.held_out_s)


def test_a_model_that_does_not_fit_is_not_loaded(monkeypatch):
    monkeypatch.setattr(module, "free_memory", lambda device: 1000)
    monkeypatch.setattr(module, "load_policy", None)
    for entry in estimate(load_recipe(["tiny_cpu", *SMALL]), MAKERS):
        assert entry.total_s is None
        assert span(entry.total_s) == "does not fit"


def test_a_probe_moves_no_weight(tmp_path):
    make_sign_puzzle(tmp_path, 0)
    policy = load_policy(str(tmp_path / "base"))
    before = [parameter.clone() for parameter in policy.model.parameters()]
    policy.model.base_model(input_ids=before[0].new_ones(1, 4).long()).last_hidden_state.sum().backward()
    module.optimizer_seconds(policy)
    assert all((old == new).all() for old, new in zip(before, policy.model.parameters(), strict=True))
