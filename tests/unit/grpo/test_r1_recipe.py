"""A recipe for all of R1: what it says is used, and what cannot be meant is said before anything runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from grpo import train
from grpo.config import RecipeError, load_recipe

MICRO = str(Path(__file__).parents[2] / "integration" / "r1_micro.toml")


@pytest.fixture
def stages_of(monkeypatch):
    """The stages that a recipe with these overrides runs, each with its model and files."""

    def asked(*args: str) -> dict[str, list[str]]:
        calls: dict[str, list[str]] = {}

        class Recorded:
            def __init__(self, cfg, run, log, stop, phases):
                self.phases = phases

            def require_inputs(self):
                pass

            def __call__(self, name, train, settings, model, *files, result="final", **options):
                calls[name] = [str(model), *map(str, files)]
                return Path(name)

        monkeypatch.setattr(train, "Stages", Recorded)
        monkeypatch.setattr(train, "compare_stages", lambda *args: None)
        cfg = replace(load_recipe([MICRO, *args]), make="")
        train.r1(cfg, Path("nowhere"), log=None, stop=None)
        return calls

    return asked


def test_the_stages_follow_the_paper(stages_of):
    calls = stages_of()
    assert calls["1-cold-start"] == ["0-base", "1-cold-start-data"]
    assert calls["3-sft"] == ["0-base", "3-rejection-sampling"]  # of the base model again
    assert calls["5-distillation"] == ["0-small-base", "3-rejection-sampling"]


def test_data_that_a_stage_names_come_before_the_pipelines(stages_of):
    calls = stages_of("--cold-start.data", "c", "--sft.data", "s", "--rejection.tasks", "", "--distillation.data", "d")
    assert [calls[name][1] for name in ("1-cold-start", "3-sft", "5-distillation")] == ["c", "s", "d"]
    assert not {"1-cold-start-data", "3-rejection-sampling"} & calls.keys()
    assert stages_of("--sft.data", "s")["5-distillation"][1] == "s"


def test_without_a_cold_start_its_data_are_not_asked_for(stages_of):
    assert "1-cold-start-data" not in stages_of("--cold-start.steps", "0", "--cold-start-data.data", "")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--pretraining.data", ""], r"pretraining\.data is empty"),
        (["--pretraining.steps", "0", "--pretraining.epochs", "2", "--pretraining.data", ""], r"g\.data is empty"),
        (["--sft.steps", "0", "--sft.epochs", "-1"], r"sft\.epochs is -1"),
        (["--rejection.tasks", ""], r"rejection\.tasks is empty: name .* sft\.data"),
        (["--all-rl.general-share", "1.5"], r"all_rl\.general_share is 1\.5: it is a share"),
        (["--eval-samples", "0"], r"eval_samples is 0: it must be 1 or more"),
        (["--small-rl.general", "g"], r"small_rl\.general: nothing judges prompts without a ground truth there"),
        (["--reward-model.pairs", ""], r"all_rl\.general needs a reward model"),
        (
            ["--reward-model.pairs", "", "--reward-model.safety", "s"]
            + ["--all-rl.general", "", "--all-rl.general-held-out", ""],
            r"reward_model\.safety needs a reward model for preference",
        ),
        (["--all-rl.stop-below", "-1"], r"all_rl\.stop_below is -1"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_runs(args, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe([MICRO, *args])
