"""A stage is run once, with the settings and inputs that its folder names."""

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grpo.checkpoint import Interrupted, Stop
from grpo.config import RecipeError, phases_of
from grpo.log import open_log
from grpo.presets import fill_preset
from grpo.settings import R1, Rejection, Rl, Sft
from grpo.stages import Stages, is_done, make_once

CFG = R1(pipeline="r1", name="t", model="owner/base")
SFT, RL = Sft(steps=3, data="d.jsonl"), Rl(steps=2, tasks="t.jsonl")


@pytest.fixture
def stages(tmp_path):
    with open_log(tmp_path, quiet=True) as log:
        yield Stages(CFG, tmp_path, log, Stop())


class Train:
    """Stands for training: writes its result, and remembers what it was given."""

    def __init__(self, breaks: bool = False) -> None:
        self.calls, self.breaks = [], breaks

    def __call__(self, recipe, model, *files, log, stop, **options):
        *files, out = files
        self.calls.append((recipe, model, files, options))
        (out / "checkpoint.pt").write_text("half", encoding="utf-8")
        if self.breaks:
            raise Interrupted("half way")
        (out / "final").mkdir(exist_ok=True)


def test_a_stage_is_run_once_and_gives_its_settings_model_and_files_to_the_training(stages, tmp_path):
    train = Train()
    for _ in range(2):
        assert stages("1-cold-start", train, SFT, CFG.model, "d.jsonl") == tmp_path / "1-cold-start" / "final"
    [(recipe, model, files, options)] = train.calls
    assert (recipe.sft, model, files, options) == (SFT, "owner/base", [Path("d.jsonl")], {})
    stages("2-rl", train, RL, "m", RL.tasks, "", judges={"helpful": Path("rm")})
    recipe, _, files, options = train.calls[1]
    assert (recipe.rl.steps, recipe.rl.kl_coef) == (2, 0.001)  # the preset is filled in
    assert (files, options) == ([Path("t.jsonl"), None], {"helpful": Path("rm")})


def test_a_stage_that_was_stopped_is_called_again(stages, tmp_path):
    train = Train(breaks=True)
    with pytest.raises(Interrupted):
        stages("1-sft", train, SFT, "m", "d")
    assert not is_done(tmp_path / "1-sft")
    train.breaks = False
    stages("1-sft", train, SFT, "m", "d")
    assert len(train.calls) == 2
    assert is_done(tmp_path / "1-sft")


def test_its_own_model_comes_before_the_pipelines(stages):
    train = Train()
    stages("1-sft", train, replace(SFT, model="mine/better"), "m", "d")
    assert train.calls[0][1] == "mine/better"


def test_no_steps_are_no_stage(stages, tmp_path):
    train = Train()
    assert stages("0-base", train, Sft(), "owner/base", "") == Path("owner/base")
    assert stages("0-base", train, Sft(model="mine/base"), "owner/base", "") == Path("mine/base")
    later = replace(stages, phases=phases_of("1-2"))  # there is nothing to wait for
    assert later("0-base", train, Sft(), "owner/base", "") == Path("owner/base")
    assert not train.calls
    assert not (tmp_path / "0-base").exists()


@pytest.mark.parametrize(
    ("settings", "model", "sentence"),
    [
        (replace(SFT, lr=0.5), "m", r"1-sft was made with lr = 5e-05, now 0\.5: .*delete that folder .*--name"),
        (SFT, "other", r"1-sft was made with the inputs m, d, d\.jsonl, now other, d, d\.jsonl"),
    ],
)
@pytest.mark.parametrize("breaks", [False, True])
def test_other_settings_or_inputs_are_refused_and_nothing_is_lost(stages, tmp_path, settings, model, sentence, breaks):
    with contextlib.suppress(Interrupted):
        stages("1-sft", Train(breaks), SFT, "m", "d")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(RecipeError, match=sentence):
        stages("1-sft", Train(), settings, model, "d")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def begun_before(config: Path, *settings: str) -> None:
    """Take the keys of these settings out, as if the stage had been begun by code that had none of them."""
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.partition(" = ")[0] not in settings]
    assert len(lines) - len(kept) == len(settings)
    config.write_text("".join(kept), encoding="utf-8")


def test_a_setting_that_is_newer_than_the_stage_had_its_default(stages, tmp_path):
    with contextlib.suppress(Interrupted):
        stages("2-rl", Train(breaks=True), fill_preset(RL), "m", "t.jsonl", "")
    newer = "loss", "clip_low", "kl_in", "correction_cap", "precision"  # the first two are the preset's
    begun_before(tmp_path / "2-rl" / "config.toml", *newer)
    for other, sentence in [
        (replace(RL, clip_low=0.3), r"clip_low = 10\.0, now 0\.3"),
        (replace(RL, kl_in="reward"), "kl_in = 'loss', now 'reward'"),
        (replace(RL, algorithm="dapo"), "algorithm = 'r1_zero', now 'dapo'"),
    ]:
        with pytest.raises(RecipeError, match=sentence):
            stages("2-rl", Train(), fill_preset(other), "m", "t.jsonl", "")
    bfloat16 = replace(stages, cfg=replace(CFG, precision="bfloat16"))
    with pytest.raises(RecipeError, match="precision = 'float32', now 'bfloat16'"):
        bfloat16("2-rl", Train(), fill_preset(RL), "m", "t.jsonl", "")
    train = Train()
    stages("2-rl", train, fill_preset(RL), "m", "t.jsonl", "")
    assert len(train.calls) == 1


def test_a_key_of_a_table_that_is_not_there_is_no_default(stages, tmp_path):
    one, two = {"math": 1.0}, {"math": 1.0, "format": 1.0}
    stages("2-rl", Train(), fill_preset(replace(RL, reward=one)), "m", "t.jsonl", "")
    with pytest.raises(RecipeError, match=r"reward\.format = None, now 1\.0"):
        stages("2-rl", Train(), fill_preset(replace(RL, reward=two)), "m", "t.jsonl", "")


def test_one_that_ran_out_of_memory_goes_on_with_fewer_tokens_at_a_time(stages, tmp_path):
    with contextlib.suppress(Interrupted):
        stages("1-sft", Train(breaks=True), SFT, "m", "d")
    train = Train()
    for _ in range(2):
        stages("1-sft", train, replace(SFT, forward_tokens=512), "m", "d")
    [(recipe, *_)] = train.calls
    assert recipe.sft.forward_tokens == 512
    assert "forward_tokens = 512" in (tmp_path / "1-sft" / "config.toml").read_text(encoding="utf-8")
    stages("1-sft", train, SFT, "m", "d")
    assert len(train.calls) == 1


def test_a_stage_knows_when_the_one_before_it_was_made_again_otherwise(stages, tmp_path):
    def both(lr: float) -> None:
        cold = stages("1-sft", Train(), replace(SFT, lr=lr), "m", "d")
        stages("2-rl", Train(), RL, cold, RL.tasks, "")

    both(1e-5)
    shutil.rmtree(tmp_path / "1-sft")
    both(1e-5)  # the same again is the same
    shutil.rmtree(tmp_path / "1-sft")
    with pytest.raises(RecipeError, match="2-rl was made with another 1-sft/final"):
        both(2e-5)


def test_a_stage_goes_on_with_more_room_for_vllm(stages):
    for positions in (0, 4096):
        replace(stages, cfg=replace(CFG, vllm_positions=positions))("1-sft", Train(), SFT, "m", "d.jsonl")


def test_a_stage_knows_when_a_file_from_elsewhere_has_changed(stages, tmp_path):
    (tmp_path / "d.jsonl").write_text("{}\n", encoding="utf-8")
    for _ in range(2):
        stages("1-sft", Train(), SFT, "m", str(tmp_path / "d.jsonl"))
    (tmp_path / "d.jsonl").write_text("[]\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"1-sft was made with another .*d\.jsonl: .*delete that folder"):
        stages("1-sft", Train(), SFT, "m", str(tmp_path / "d.jsonl"))


def test_a_stage_knows_when_a_file_has_changed_that_its_settings_alone_name(stages, tmp_path):
    file = tmp_path / "general.jsonl"
    settings = Rejection(tasks="t.jsonl", general=str(file))
    for content in ("{}", "{}", "[]"):
        file.write_text(content, encoding="utf-8")
        refused = pytest.raises(RecipeError, match=r"with another .*general\.jsonl")
        with refused if content == "[]" else contextlib.nullcontext():
            stages("3-rejection-sampling", Train(), settings, "m", "t.jsonl")


def test_a_stage_knows_when_a_model_of_another_run_was_made_again_otherwise(stages, tmp_path):
    other = tmp_path / "other" / "1-sft"
    (other / "final").mkdir(parents=True)
    for mark in ("one", "one", "two"):
        (other / "done").write_text(mark, encoding="utf-8")
        with contextlib.nullcontext() if mark == "one" else pytest.raises(RecipeError, match=r"with another .*final"):
            stages("2-rl", Train(), RL, str(other / "final"), RL.tasks, "")


def test_phases_that_are_not_wanted_are_not_run_and_missed_where_they_are_needed(stages, tmp_path):
    only = replace(stages, phases=phases_of("2-3"))
    train = Train()
    cold = only("1-sft", train, SFT, "m", "d")
    assert not train.calls
    with pytest.raises(
        RecipeError, match=r"2-rl needs what 1-sft makes, .*run phase 1 first \(--stages 1-2\), or name"
    ):
        only("2-rl", train, RL, cold, RL.tasks, "")
    only("2-rl", train, replace(RL, model="mine/cold"), cold, RL.tasks, "")
    assert train.calls[0][1] == "mine/cold"


def test_what_is_asked_to_stop_begins_no_other_stage(stages):
    stopped = Stop()
    stopped.asked = True
    train = Train()
    with pytest.raises(Interrupted, match="the stage before 1-sft"):
        replace(stages, stop=stopped)("1-sft", train, SFT, "m", "d")
    assert not train.calls


def test_files_that_were_generated_are_found_and_a_wrong_one_names_the_nearest(stages, tmp_path):
    def make(folder: Path, seed: int) -> None:
        (folder / "train.jsonl").write_text(f"{seed}\n", encoding="utf-8")

    make_once(tmp_path, make, 7)
    train = Train()
    stages("1-sft", train, replace(SFT, data="made:train.jsonl"), "m", "made:train.jsonl")
    recipe, _, files, _ = train.calls[0]
    assert files == [tmp_path / "0-made" / "train.jsonl"]
    assert recipe.sft.data == str(files[0])
    with pytest.raises(RecipeError, match=r"`make` writes no 'trian\.jsonl'; did you mean 'train\.jsonl'"):
        stages("2-rl", train, RL, "m", "made:trian.jsonl", "")
    with pytest.raises(RecipeError, match="made with seed 7, now seed 8, and 1-sft began with it"):
        make_once(tmp_path, make, 8)
    shutil.rmtree(tmp_path / "1-sft")
    make_once(tmp_path, make, 8)
    assert (tmp_path / "0-made" / "train.jsonl").read_text(encoding="utf-8") == "8\n"


@pytest.mark.parametrize("text", ["", "6", "4-3", "a", "1-", "0-6", "1-2-3"])
def test_wrong_phases_are_refused(text):
    with pytest.raises(RecipeError, match="name one phase from 0 to 5, or some, such as 3-4"):
        phases_of(text)


def test_what_a_wanted_stage_will_need_is_missed_at_the_start(stages, tmp_path):
    (tmp_path / "pairs.jsonl").write_text("{}", encoding="utf-8")
    cfg = replace(CFG, reward_model=replace(CFG.reward_model, pairs=str(tmp_path / "pears.jsonl")))
    with pytest.raises(RecipeError, match=r"reward_model\.pairs: no file .*did you mean .*pairs\.jsonl"):
        replace(stages, cfg=cfg).require_inputs()
    replace(stages, cfg=cfg, phases=phases_of("0-3")).require_inputs()
    cfg = replace(CFG, sft=Sft(model=str(tmp_path / "nothing")))
    with pytest.raises(RecipeError, match="nothing' is neither a folder here"):
        replace(stages, cfg=cfg).require_inputs()
