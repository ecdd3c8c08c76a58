"""All of R1 on a world of two numbers: every stage in its turn, broken anywhere, and what is missing said."""

import functools
import hashlib
import json
import os
import random
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from grpo import train
from grpo.checkpoint import Stop, load_checkpoint
from grpo.config import RecipeError, load_recipe
from grpo.log import Log, open_log, read_metrics
from grpo.policy import load_policy
from grpo.report import write_report
from grpo.tiny_world import make_tiny_world
from tests.timeless import numbers

RECIPE = Path(__file__).with_name("r1_micro.toml")
DONE = [
    "0-base", "0-made", "0-small-base", "1-cold-start", "1-cold-start-data", "2-reasoning-rl",
    "2-reasoning-rl-without-language", "3-rejection-sampling", "3-sft", "4-all-scenarios-rl", "4-reward-model",
    "5-distillation", "5-small-rl",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def small_world():
    make = functools.partial(
        make_tiny_world, numbers=2, largest=5, corpus=3000, cold_start=20, held_out=6, general_sft=40, pairs=80
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(train.MAKERS, "tiny_world", make)
        yield


def go(runs: Path, name: str, *args: str) -> Path:
    """Run the recipe, or go on with it; the run's folder."""
    recipe = load_recipe([str(RECIPE), "--runs", str(runs), "--name", name, *args])
    run = train.open_run(recipe)
    with open_log(run, quiet=True) as log:
        train.r1(recipe, run, log=log, stop=Stop())
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A run that nothing broke."""
    return go(tmp_path_factory.mktemp("runs"), "whole")


def made(run: Path) -> dict[str, str]:
    """What every stage made, by its hash, and the record without what measures the machine."""
    files = [*run.glob("*/final/model.safetensors"), *run.glob("*/*.jsonl"), *run.glob("*/counts.json")]
    files += [*run.glob("*/done"), run / "rollouts.jsonl"]
    found = {str(file.relative_to(run)): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}
    return found | {"metrics": json.dumps(numbers(run))}


def test_every_stage_runs_once_in_its_turn_and_all_are_measured_alike(whole, monkeypatch):
    assert sorted(path.parent.name for path in whole.glob("*/done")) == DONE
    compared = [row["model"] for row in read_metrics(whole) if row["stage"] == "evaluation"]
    assert sorted(compared) == [name for name in DONE if name not in {
        "0-made", "1-cold-start-data", "3-rejection-sampling", "4-reward-model"}]  # fmt: skip
    last = [row for row in read_metrics(whole) if row["stage"] == "evaluation"]
    assert all({"accuracy", "cons_at_k", "score/language", "score/helpful"} <= row.keys() for row in last)
    kept = [json.loads(line) for line in (whole / "3-rejection-sampling" / "kept.jsonl").read_text().splitlines()]
    assert {row["source"] for row in kept} == {"sampled", "general"}
    before = made(whole)
    monkeypatch.setattr(Log, "stage", None)  # nothing may begin
    monkeypatch.setattr(train, "compare_stages", lambda *args: None)
    go(whole.parent, "whole")
    assert made(whole) == before
    assert "4-all-scenarios-rl" in write_report(whole).read_text(encoding="utf-8")


def test_only_the_last_steps_have_general_prompts_and_their_reward_is_preference(whole):
    rows = [json.loads(line) for line in (whole / "rollouts.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["stage"] == "all-scenarios-rl" and row["split"] == "train"]
    general = {
        step: [row for row in rows if row["step"] == step and "helpful" in row["verdicts"]] for step in (1, 2, 3)
    }
    assert [len(general[step]) for step in (1, 2, 3)] == [0, 8, 8]
    for row in general[2] + general[3]:
        scores = {name: verdict["score"] for name, verdict in row["verdicts"].items()}
        assert scores.keys() == {"summary_format", "language", "helpful"}
        assert row["reward"] == pytest.approx(sum(scores.values()))


class Killed(BaseException):
    """The process is gone."""


def test_a_run_that_is_killed_at_ten_moments_ends_as_the_unbroken_one(whole, tmp_path, monkeypatch):
    dice = random.Random(20261127)
    replace, metrics = os.replace, Log.metrics
    left, deaths = 0, 0

    def tick() -> None:
        nonlocal left, deaths
        left -= 1
        if left == 0:
            deaths += 1
            raise Killed

    def replaced(*args: object, **options: object) -> None:
        tick()  # before a file is there, or after
        replace(*args, **options)
        tick()

    def recorded(self: Log, row: object) -> None:
        metrics(self, row)
        tick()

    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(Log, "metrics", recorded)
    while deaths < 10:
        left = dice.randrange(1, 60)
        try:
            go(tmp_path, "broken")
            break
        except Killed:
            pass
    left = 0
    run = go(tmp_path, "broken")
    assert deaths == 10
    assert made(run) == made(whole)


def test_rl_that_gives_up_accuracy_for_preference_ends_with_the_model_from_before(whole, tmp_path, monkeypatch):
    run, stage = tmp_path / "run", "4-all-scenarios-rl"
    shutil.copytree(whole, run)
    shutil.rmtree(run / stage)
    monkeypatch.setattr(train, "hacked", lambda history, drop: history[-1]["step"] == 2)
    go(tmp_path, "run", "--stages", "4")
    rows = [row for row in read_metrics(run) if row["stage"] == "all-scenarios-rl"]
    assert [(row["step"], row.get("stopped")) for row in rows if row["split"] == "held_out"] == [
        (0, None), (1, None), (2, True)]  # fmt: skip
    final = run / stage / "final"
    good = load_policy(str(whole / stage / "final")).model
    assert load_checkpoint(run / stage / "good", model=good)[0] == 1
    weights = load_file(final / "model.safetensors")
    assert all(torch.equal(weights[name], value) for name, value in good.state_dict().items() if name in weights)


@pytest.mark.parametrize(
    ("fault", "why"), [("gone", "it is gone"), ("damaged", r"000001 is damaged: .* is not as it was written")]
)
def test_where_the_model_from_before_is_lost_the_one_that_gave_up_accuracy_is_not_taken_for_it(
    whole, tmp_path, monkeypatch, fault, why
):
    run, stage = tmp_path / "run", tmp_path / "run" / "4-all-scenarios-rl"
    shutil.copytree(whole, run)
    shutil.rmtree(stage)

    def lose(history: list[dict], drop: float) -> bool:
        if history[-1]["step"] != 2:
            return False
        if fault == "gone":
            shutil.rmtree(stage / "good", ignore_errors=True)
        else:
            (weights,) = (stage / "good" / "checkpoints" / "000001").glob("*.distcp")
            weights.write_bytes(weights.read_bytes()[:-1] + b"?")
        return True

    monkeypatch.setattr(train, "hacked", lose)
    for _ in range(2):  # the same command comes to the same end
        with pytest.raises(RecipeError, match=rf"good.*{why}.*goes on from step 1; or delete .*-rl, and") as raised:
            go(tmp_path, "run", "--stages", "4", "--all-rl.checkpoint-every", "1")
        assert "\n" not in str(raised.value)
        assert not (stage / "final").exists()
        assert sorted(path.name for path in (stage / "checkpoints").iterdir()) == ["000001"]
    monkeypatch.setattr(train, "hacked", lambda history, drop: False)
    go(tmp_path, "run", "--stages", "4", "--all-rl.checkpoint-every", "1")  # nothing is lost
    assert (
        made(run)["4-all-scenarios-rl/final/model.safetensors"]
        == (made(whole)["4-all-scenarios-rl/final/model.safetensors"])
    )


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--stages", "3-3"], "needs what 2-reasoning-rl makes.*run phase 2 first"),
        (["--stages", "2", "--reasoning-rl.tasks", "nowhere.jsonl"], r"reasoning_rl\.tasks: no file 'nowhere\.jsonl'"),
        (["--stages", "4", "--reward-model.pairs", "{pairs}"], r"line 2.*rejected"),
        (["--stages", "1", "--cold-start-data.data", "made:cold_strat.jsonl"], r"did you mean .*cold_start\.jsonl"),
        (["--ablate", "langauge"], r"ablate is 'langauge'.*did you mean 'language'"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_finished_stages_stay(whole, tmp_path, args, sentence):
    pairs = tmp_path / "pairs.jsonl"
    good = {"question": "hi?", "chosen": "Hello, thank you.", "rejected": "What."}
    lines = [good, {key: good[key] for key in ("question", "chosen")}]
    pairs.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    for name in ("2-reasoning-rl", "3-rejection-sampling", "4-reward-model", "1-cold-start-data"):
        shutil.rmtree(run / name)
    before = made(run)
    with pytest.raises(RecipeError, match=sentence) as raised:
        go(tmp_path, "run", *(arg.format(pairs=pairs) for arg in args))
    assert "\n" not in str(raised.value)
    assert {**made(run), "metrics": "", "rollouts.jsonl": ""} == {**before, "metrics": "", "rollouts.jsonl": ""}
