"""A dry run says what a recipe takes, and leaves nothing behind."""

import pytest

from grpo import estimate as module
from grpo.config import load_recipe
from grpo.estimate import estimate
from grpo.estimate_table import spans
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
    assert (rl.tokens, rl.why) == (32 / 3, "assumed")  # SFT will have changed how long they are
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


def test_what_would_take_too_long_is_taken_to_be_of_full_length(made, monkeypatch):
    monkeypatch.setattr(module, "PROBE_S", 1e-9)
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
