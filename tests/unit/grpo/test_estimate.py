"""A dry run says what a recipe takes, and leaves nothing behind."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grpo import estimate as module
from grpo import estimate_sampling
from grpo.config import load_recipe, phases_of
from grpo.estimate import estimate, estimate_stage, taught, trained
from grpo.estimate_table import spans, table_of
from grpo.lora import adapted_layers
from grpo.memory import rl_memory, shape_of
from grpo.policy import load_policy
from grpo.sign_puzzle import make_sign_puzzle
from grpo.train import MAKERS, main, update

SMALL = [
    "--rl.tasks-per-step",
    "4",
    "--rl.group-size",
    "4",
    "--rl.max-new-tokens",
    "32",
    "--sft.steps",
    "3",
    "--sft.batch-size",
    "4",
]


def test_a_dry_run_prints_each_stage_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tiny_cpu", "--dry-run", *SMALL]) == 0
    said = capsys.readouterr().out
    for word in ("sft", "rl", "weights", "optimiser", "activations of an update", "peak", "sampling, a step", "all"):
        assert word in said
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The puzzle, so that a dry run need not make it each time: the arguments of a recipe on it."""
    folder = tmp_path_factory.mktemp("made")
    make_sign_puzzle(folder, 0, numbers=2, largest=5, traces=200, held_out=4)
    files = {"model": "base", "sft.data": "traces.jsonl", "rl.tasks": "train.jsonl", "rl.held-out": "held_out.jsonl"}
    return [
        "tiny_cpu",
        "--make",
        "",
        *SMALL,
        *(part for key in files for part in (f"--{key}", str(folder / files[key]))),
    ]


def test_each_stage_is_estimated_as_it_would_be_run(made):
    recipe = load_recipe(made)
    sft, rl = estimate(recipe, MAKERS, update)
    refused = rl_memory(shape_of(recipe.model), recipe.rl, bfloat16=False)
    assert rl.memory.weights == refused.weights
    assert refused.peak <= rl.memory.peak < 1.1 * refused.peak  # but for the prompts, which it cannot know
    ids = estimate_sampling.targets(load_policy(recipe.model), Path(recipe.sft.data), 32, recipe.seed)
    assert (rl.tokens, rl.why) == (sum(map(len, ids)) / 200, "of the SFT data")  # what it will have been taught
    assert 12 < rl.tokens < 30
    assert sft.why == "of the data"
    for entry in (sft, rl):
        assert entry.update.shape == (2,)
        assert (entry.update > 0).all()
    assert rl.total == pytest.approx(rl.steps * (rl.sampling + rl.update) + rl.held_out)
    assert sft.total == pytest.approx(sft.steps * sft.update)


def test_a_model_that_is_trained_as_it_is_writes_as_long_as_it_writes(made):
    [rl] = estimate(load_recipe([*made, "--sft.steps", "0"]), MAKERS, update)
    assert rl.why == "as it writes now"
    assert 20 < rl.tokens < 32


def test_where_there_is_no_data_yet_a_third_of_the_most_is_assumed(made):
    recipe = load_recipe(made)
    rl = estimate_stage("rl", recipe, recipe.rl, recipe.model, update, as_it_is=False, data="nowhere.jsonl")
    assert (rl.tokens, rl.why) == (32 / 3, "assumed")


def test_a_model_writes_what_the_sft_before_it_taught():
    recipe = load_recipe([str(Path(__file__).parents[2] / "integration" / "r1_micro.toml")])

    def of(recipe):
        every = trained(recipe)
        found = {name: taught(recipe, every, place) for place, (name, *_) in enumerate(every)}
        return [found.get(name) for name in ("reasoning_rl", "all_rl", "small_rl")]

    assert of(recipe) == ["made:cold_start.jsonl", "", "made:corpus.jsonl"]  # rejection sampling will make the second
    given = replace(recipe, sft=replace(recipe.sft, data="s.jsonl"), cold_start=replace(recipe.cold_start, data="c"))
    assert of(given) == ["c", "s.jsonl", "made:corpus.jsonl"]
    few_shot = replace(recipe, cold_start_data=replace(recipe.cold_start_data, source="few_shot"))
    assert of(few_shot) == ["", "", "made:corpus.jsonl"]
    own = replace(recipe, stages="2-4", reasoning_rl=replace(recipe.reasoning_rl, model="mine"))
    assert of(own) == ["", "", None]
    assert [*phases_of(own.stages)] == [2, 3, 4]


def test_groups_that_are_silent_are_sampled_again(made, monkeypatch):
    one = np.array([1.0, 2.0])
    costs = estimate_sampling.Costs(start=one, step=0 * one, token=0 * one)  # a second a rollout
    monkeypatch.setattr(module, "costs_of", lambda *asked: costs)
    settings = ["--rl.tasks-per-step", "5", "--rl.eval-samples", "3"]
    for refill, rounds in (("0", [5]), ("1", [5, 3]), ("3", [5, 3, 2, 1])):
        rl = estimate(load_recipe([*made, *settings, "--rl.refill", refill]), MAKERS, update)[1]
        assert rl.rounds == rounds
        assert rl.sampling.tolist() == [sum(rounds) * 4, sum(rounds) * 8]
        assert rl.held_out.tolist() == [5 * 4 * 3, 5 * 4 * 6]  # measured five times, nothing again
    rl = replace(rl, memory=replace(rl.memory, vllm=3e9, weights=2e9, reference=2e9))
    table = table_of([rl], 1e9)
    assert {"3.00", "6.00"} < {*table.columns[1].cells}  # vLLM here; and while FSDP loads
    assert "11 (50% silent assumed)" in [*table.columns[1].cells]


def test_lengths_are_drawn_as_they_are_among_the_targets():
    every = [[1] * length for length in range(1, 101)]
    drawn = [len(rollout.ids) for rollout in estimate_sampling.drawn_from(every, 50, seed=3)]
    assert sum(drawn) / 50 == pytest.approx(50.5, abs=0.6)
    assert sorted(drawn) == [*range(2, 101, 2)]
    assert drawn != sorted(drawn)


def test_a_row_that_has_finished_makes_room_for_the_next():
    costs = estimate_sampling.Costs(start=np.zeros(1), step=np.ones(1), token=np.zeros(1))
    steps = {rows: estimate_sampling.sampling_seconds([9, 1, 1, 5], rows, costs)[0] + 1 for rows in (1, 2, 3, 4, 9)}
    assert steps == {1: 16, 2: 9, 3: 9, 4: 9, 9: 9}


def test_what_would_take_too_long_is_taken_to_be_of_full_length(made, monkeypatch):
    monkeypatch.setattr(estimate_sampling, "PROBE_S", 1e-9)
    [rl] = estimate(load_recipe([*made, "--sft.steps", "0"]), MAKERS, update)
    assert (rl.tokens, rl.why) == (32, "the most")


def test_a_probe_takes_the_settings_that_cost(made, monkeypatch):
    seen, settings = [], ["--rl.lora-rank", "4", "--rl.correction", "token_mask", "--rl.recompute"]

    def watched(policy, reference, optimizer, groups, rl):
        seen.append((len(adapted_layers(policy.model)), policy.recompute, rl.correction, len(groups)))
        measured = update(policy, reference, optimizer, groups, rl)
        assert measured["silent_groups"] == 0
        return measured

    estimate(load_recipe([*made, "--sft.steps", "0", *settings]), MAKERS, watched)
    assert set(seen) == {(21, True, "token_mask", 4)}


def test_a_model_that_does_not_fit_is_not_loaded(made, monkeypatch):
    monkeypatch.setattr(module, "free_memory", lambda device: 1000)
    monkeypatch.setattr(module, "load_policy", None)
    estimates = estimate(load_recipe(made), MAKERS, update)
    assert [entry.total for entry in estimates] == [None, None]
    assert all(spans(entry, entry.total) == "does not fit" for entry in estimates)


def test_a_probe_moves_no_weight(made):
    recipe = load_recipe(made)
    policy = load_policy(recipe.model)
    before = [parameter.clone() for parameter in policy.model.parameters()]
    drawn, _ = module.draw_rows(policy, [[5, 6, 7]] * 4, recipe.rl)
    assert len(drawn) == 16
    taken = module.update_seconds(policy, [[5, 6, 7]] * 4, drawn, recipe.rl, update, 1.0)
    assert (taken > 0).all()
    assert all((old == new).all() for old, new in zip(before, policy.model.parameters(), strict=True))
