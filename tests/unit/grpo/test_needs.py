"""What a run will lack is said before its first stage."""

import sys
from dataclasses import replace

import pytest

from grpo import needs, train
from grpo.config import RecipeError
from grpo.needs import require_parts
from grpo.settings import R1, Recipe, Rl, Sft

RL = Rl(tasks="t.jsonl")
RECIPE = Recipe(name="r", model="m", sft=Sft(steps=9), rl=RL)
PIPELINE = R1(pipeline="r1", name="r", model="m", stages="2-4", all_rl=replace(RL, lora_rank=4))


@pytest.fixture
def two_ranks(monkeypatch):
    for module in (needs, train):
        monkeypatch.setattr(module, "world", lambda: 2)


@pytest.mark.parametrize(
    ("module", "recipe", "sentence"),
    [
        ("vllm", replace(RECIPE, engine="vllm"), "engine is 'vllm', which is not installed: pip install"),
        ("peft", PIPELINE, r"all_rl: lora_rank needs peft: pip install"),
        ("torchao", replace(RECIPE, rl=replace(RL, optimizer="adamw_8bit")), "rl: optimizer adamw_8bit needs torchao"),
    ],
)
def test_a_package_of_a_later_stage_is_missed_at_the_start(monkeypatch, module, recipe, sentence):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RecipeError, match=sentence):
        require_parts(recipe)
    require_parts(RECIPE)


@pytest.mark.usefixtures("two_ranks")
@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        (PIPELINE, "all_rl.lora_rank is 4: adapters cannot be trained on sharded weights: use parallel = 'ddp'"),
        (replace(RECIPE, engine="vllm"), "engine 'vllm' is for one process, and there are 2: start a server"),
    ],
)
def test_what_several_processes_cannot_do_is_refused_at_the_start(recipe, sentence):
    with pytest.raises(RecipeError, match=sentence):
        require_parts(recipe)
    require_parts(RECIPE)


@pytest.mark.usefixtures("two_ranks")
def test_what_several_processes_can_do_is_not():
    require_parts(replace(PIPELINE, parallel="ddp"))
    require_parts(replace(PIPELINE, stages="2-3"))
    require_parts(replace(RECIPE, engine="http://here:1", rl=replace(RL, steps=0)))


@pytest.mark.usefixtures("two_ranks")
def test_an_estimate_by_several_processes_is_refused_in_a_sentence(capsys, monkeypatch):
    monkeypatch.setattr(train, "estimate", lambda *args: pytest.fail("its first rank alone would wait for the others"))
    assert train.main(["tiny_cpu", "--dry-run"]) == 2
    assert "--dry-run is of one process" in capsys.readouterr().err
