"""A recipe for all of R1: what it says is used, and what cannot be meant is said before anything runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from grpo import train
from grpo.checkpoint import Stop
from grpo.config import RecipeError, load_recipe, phases_of
from grpo.inputs import check_inputs
from grpo.log import open_log
from grpo.stages import Stages
from grpo.tasks import write_jsonl

MICRO = str(Path(__file__).parents[2] / "integration" / "r1_micro.toml")


@pytest.fixture
def stages_of(monkeypatch):
    """The stages that a recipe with these overrides runs, each with its model and files."""

    def asked(*args: str) -> dict[str, list[str]]:
        calls: dict[str, list[str]] = {}

        class Recorded:
            def __init__(self, cfg, run, log, stop, phases):
                self.phases = phases

            def __call__(self, name, train, settings, model, *files, result="final", **options):
                calls[name] = [str(model), *map(str, files)]
                return Path(name)

        monkeypatch.setattr(train, "Stages", Recorded)
        monkeypatch.setattr(train, "check_inputs", lambda *args: None)
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
        (["--rejection.max-new-tokens", "129"], r"sft\.pack_tokens is 128, less than the 129 tokens of rejection"),
        (["--distillation.pack-tokens", "47"], r"distillation\.pack_tokens is 47, less than"),
        (
            ["--cold-start-data.source", "few_shot"],
            r"cold_start\.pack_tokens is 128, less than the 4096 tokens of cold",
        ),
        (["--vllm-gpus", "0"], r"vllm_gpus is 0: it must be 1 or more"),
        (["--vllm-positions", "-1"], r"vllm_positions is -1: it must be 0 or more"),
        (["--eval-samples", "0"], r"eval_samples is 0: it must be 1 or more"),
        (["--small-rl.general", "g"], r"small_rl\.general: nothing judges prompts without a ground truth there"),
        (["--reward-model.pairs", ""], r"all_rl\.general needs a reward model"),
        (
            "--reward-model.pairs  --reward-model.safety s --all-rl.general  --all-rl.general-held-out ".split(" "),
            r"reward_model\.safety needs a reward model for preference",
        ),
        (["--all-rl.stop-below", "-1"], r"all_rl\.stop_below is -1"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_runs(args, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe([MICRO, *args])


@pytest.fixture
def files(tmp_path):
    """What the micro recipe reads, in a run's 0-made: whole, but nothing to train on."""
    rows = {
        "question": "1,2:3?", "completion": "c", "ground_truth": {"numbers": [1, 2], "target": 3},
        "chosen": "a", "rejected": "b",
    }  # fmt: skip
    made = tmp_path / "0-made"
    for name in ("base", "small"):
        (made / name).mkdir(parents=True)
        (made / name / "config.json").write_text("{}", encoding="utf-8")
    for name in ("corpus", "cold_start", "train", "held_out", "general_sft", "pairs", "pairs_held_out"):
        write_jsonl(made / f"{name}.jsonl", [rows | {"question": "2,2:4?" if name == "held_out" else "1,2:3?"}])
    for name in ("general_train", "general_held_out"):
        write_jsonl(made / f"{name}.jsonl", [{"question": "hi?"}])
    return tmp_path


def look(run: Path, *args: str, **reward: float) -> None:
    cfg = load_recipe([MICRO, *args])
    cfg = replace(cfg, all_rl=replace(cfg.all_rl, reward=reward or cfg.all_rl.reward))
    with open_log(run, quiet=True) as log:
        check_inputs(cfg, Stages(cfg, run, log, Stop(), phases_of(cfg.stages)))


@pytest.mark.parametrize(
    ("args", "spoiled", "sentence"),
    [
        (["--language", "klingon"], "", "unknown language 'klingon'"),
        (["--reasoning", "<r>", "--summary", "<r><s>"], "", "one contains the other"),
        (["--small-model", "nowhere/at/all"], "", "nowhere/at/all' is neither a folder here nor a hub name"),
        (["--stages", "1", "--all-rl.held-out", "nowhere.jsonl"], "", r"no file 'nowhere\.jsonl'"),
        (["--all-rl.curriculum=-level"], "", r"train\.jsonl, line 1: no column 'level'"),
        (["--reasoning-rl.pass-rate-min", "0.1"], "", r"train\.jsonl, line 1: no column 'pass_rate'.*difficulty\.py"),
        ([], "pairs_held_out", r"pairs_held_out\.jsonl, line 1: not JSON"),
        ([], "general_train", r"general_train\.jsonl, line 1: not JSON"),
        ([], "general_sft", r"general_sft\.jsonl, line 1: not JSON"),
        ([], "train", r"train\.jsonl, line 1: not JSON"),
    ],
)
def test_what_a_later_stage_could_not_begin_with_is_said_at_the_start(files, args, spoiled, sentence):
    look(files)
    if spoiled:
        (files / "0-made" / f"{spoiled}.jsonl").write_text("[", encoding="utf-8")
    with pytest.raises(RecipeError, match=sentence):
        look(files, *args)


@pytest.mark.parametrize("name", ["corpus", "cold_start", "train"])
def test_a_question_that_all_stages_are_measured_on_is_trained_on_nowhere(files, name):
    made = files / "0-made"
    (made / "held_out.jsonl").write_bytes((made / f"{name}.jsonl").read_bytes())
    with pytest.raises(RecipeError, match=r"1 questions of made:held_out\.jsonl, .* are trained on, such as '1,2:3\?'"):
        look(files)
    only = {"corpus": "0", "cold_start": "1", "train": "3"}[name]
    write_jsonl(made / "other.jsonl", [{"question": "3,3:6?", "completion": "c", "ground_truth": "6"}])
    with pytest.raises(RecipeError, match="are trained on"):
        look(files, "--stages", only)
    look(files, "--stages", only, "--all-rl.held-out", "made:other.jsonl")


def test_a_reward_that_cannot_be_is_said_at_the_start(files):
    with pytest.raises(RecipeError, match=r"all_rl\.reward names 'maths'.*did you mean 'math'"):
        look(files, maths=1.0)
    with pytest.raises(RecipeError, match=r"all_rl\.reward has one part"):
        look(files, accuracy=1.0)
    look(files, "--stages", "2", accuracy=1.0)


def test_what_is_not_wanted_is_not_looked_at(files):
    (files / "0-made" / "pairs.jsonl").unlink()
    look(files, "--stages", "1-3")
    (files / "0-made" / "small" / "config.json").unlink()
    look(files, "--stages", "1-3", "--small-model", "", "--small-rl.tasks", "nowhere.jsonl")
    look(files, "--stages", "5", "--small-model", "", "--small-rl.tasks", "nowhere.jsonl")
