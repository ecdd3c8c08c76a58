"""Adapters: what is trained, what the reference is, what is saved."""

import copy
import json
import math
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from torch.distributed.checkpoint import FileSystemReader
from transformers import AutoModelForCausalLM

from grpo import replay
from grpo.checkpoint import load_checkpoint, newest, save_checkpoint
from grpo.config import RecipeError, check
from grpo.generate import Rollout, sample
from grpo.gradients import Diverged
from grpo.groups import Group
from grpo.guard import guarded
from grpo.lora import adapted_layers, add_adapters, merged_weights
from grpo.memory import adapter_size, rl_memory, shape_of
from grpo.optimizer import make_optimizer
from grpo.policy import completion_logps, load_policy, reference_of, save_policy
from grpo.presets import fill_preset
from grpo.settings import Recipe, Rl
from grpo.shards import full_weights
from grpo.tasks import Task
from grpo.train import update
from grpo.vllm_engine import VllmEngine
from verifiers import Reward

IDS = ([[5, 6, 7, 8], [9]], [0, 0, 1], [[3, 4, 5], [8, 1, 2, 0], [7, 4]])
RL = fill_preset(Rl(kl_coef=0.1, reference_every=0, lora_rank=4, group_size=2, max_new_tokens=8))


def with_adapters(policy, *, filled=True, rank=4, targets="all-linear"):
    """A copy with adapters; `filled` ones do something, which new ones do not."""
    policy = replace(policy, model=copy.deepcopy(policy.model))
    add_adapters(policy.model, rank=rank, alpha=8.0, targets=targets, seed=0)
    if filled:
        torch.manual_seed(1)
        for name, parameter in policy.model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.3)
    return policy


def logps(policy):
    with torch.no_grad():
        return completion_logps(policy, *IDS, temperature=0.7)


def groups_of(policy):
    """Two groups of the policy's own rollouts."""
    rollouts = sample(policy, IDS[0], 2, max_new_tokens=6, seed=0)
    rewards, task = [Reward(0.0, {}), Reward(1.0, {})], Task("t", "q", "1")
    return [Group(task, "q", IDS[0][p], rollouts[2 * p : 2 * p + 2], [""] * 2, rewards) for p in range(2)]


def changed(before, policy):
    return {name for name, weight in policy.model.named_parameters() if not torch.equal(weight, before[name])}


def test_new_adapters_change_no_log_prob(policy):
    assert torch.equal(logps(with_adapters(policy, filled=False)), logps(policy))


@pytest.mark.parametrize("recompute", [False, True])
def test_a_step_moves_adapters_only_and_begins_at_no_divergence(policy, recompute):
    adapted = replace(with_adapters(policy, filled=False), recompute=recompute)
    before = {name: weight.detach().clone() for name, weight in adapted.model.named_parameters()}
    measured = update(adapted, reference_of(adapted), make_optimizer(adapted, "adamw", 1e-3), groups_of(adapted), RL)
    assert measured["kl"] == 0
    assert measured["grad_norm"] > 0
    moved = changed(before, adapted)
    assert moved == {name for name in before if "lora_B" in name}  # A moves once B is not 0
    measured = update(adapted, reference_of(adapted), make_optimizer(adapted, "adamw", 1e-3), groups_of(adapted), RL)
    assert measured["kl"] > 0
    assert changed(before, adapted) == {name for name in before if ".lora_" in name}


def test_the_reference_is_the_model_before_there_were_adapters(policy):
    adapted = with_adapters(policy)
    assert torch.equal(logps(reference_of(adapted)), logps(policy))
    assert not torch.allclose(logps(adapted), logps(policy), atol=0.1)


@pytest.mark.parametrize("recompute", [False, True])
def test_switching_adapters_off_amid_a_pass_leaves_its_gradient(policy, recompute):
    adapted = replace(with_adapters(policy), recompute=recompute)
    groups = groups_of(adapted)
    steps = []
    for reference in (reference_of(adapted), policy):  # itself, switched off; and another model with the same weights
        trained = replace(adapted, model=copy.deepcopy(adapted.model))
        own = replace(trained, bare=True) if reference.bare else reference
        measured = update(trained, own, make_optimizer(trained, "adamw", 1e-3), groups, RL)
        steps.append((measured, trained.model.state_dict()))
    assert steps[0][0] == steps[1][0]
    assert steps[0][0]["kl"] > 0.01
    assert all(torch.equal(steps[0][1][name], steps[1][1][name]) for name in steps[0][1])


def test_the_sampler_samples_with_the_adapters(policy):
    adapted = with_adapters(policy)
    for rollout in sample(adapted, IDS[0], 2, max_new_tokens=6, temperature=0.7, seed=0):
        assert isinstance(rollout, Rollout)
    rollouts = sample(adapted, IDS[0], 2, max_new_tokens=6, temperature=0.7, seed=0)
    ours = completion_logps(adapted, IDS[0], [0, 0, 1, 1], [rollout.ids for rollout in rollouts], temperature=0.7)
    for rollout, logps_T in zip(rollouts, ours, strict=True):
        assert logps_T[: len(rollout.ids)].tolist() == pytest.approx(rollout.logps, abs=1e-4)


def test_what_is_saved_is_a_plain_model_with_the_adapters_merged(policy, tmp_path):
    adapted = with_adapters(policy)
    before = logps(adapted)
    final = save_policy(adapted, tmp_path / "final")
    plain = load_policy(str(final), device="cpu")
    assert not adapted_layers(plain.model)
    torch.testing.assert_close(logps(plain), before, atol=1e-4, rtol=0)
    assert torch.equal(logps(adapted), before)  # and it goes on as it was
    theirs = AutoModelForCausalLM.from_pretrained(final)
    assert theirs.state_dict().keys() == policy.model.state_dict().keys()
    assert plain.model.config.to_dict().keys() >= policy.model.config.to_dict().keys() - {"name_or_path"}


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft asks for it
def test_the_adapters_beside_it_are_what_peft_reads(policy, tmp_path):
    from peft import PeftModel

    adapted = with_adapters(policy)
    folder = save_policy(adapted, tmp_path / "final") / "adapter"
    model = PeftModel.from_pretrained(copy.deepcopy(policy.model), folder)
    assert torch.equal(logps(replace(policy, model=model.base_model.model)), logps(adapted))
    assert (
        json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == policy.model.name_or_path
    )


def test_merged_weights_have_the_names_and_shapes_of_the_model(policy):
    merged = dict(merged_weights(with_adapters(policy).model))
    assert {name: weight.shape for name, weight in merged.items()} == {
        name: weight.shape for name, weight in full_weights(policy.model)
    }


def test_a_reference_without_adapters_is_saved_as_the_model_that_it_is(policy, tmp_path):
    reference = reference_of(with_adapters(policy))
    folder = save_policy(reference, tmp_path / "reference")
    assert not (folder / "adapter").exists()
    kept = type(policy.model).from_pretrained(folder).state_dict()
    assert all(torch.equal(kept[name], weight) for name, weight in policy.model.state_dict().items())


@pytest.mark.parametrize("workers", [1, 2])
def test_vllm_in_this_process_is_given_the_merged_weights(policy, tmp_path, workers):
    adapted, given = with_adapters(policy), {}

    def collective_rpc(method, kwargs):
        path = kwargs.get("weights_path")
        given.update(load_file(f"{path}/model.safetensors") if path else dict(kwargs["weights_iterator"]))

    config = SimpleNamespace(parallel_config=SimpleNamespace(world_size=workers))
    llm = SimpleNamespace(llm_engine=SimpleNamespace(vllm_config=config), collective_rpc=collective_rpc)
    VllmEngine(adapted, llm, tmp_path, can_sleep=False, owns_group=False).load(adapted)
    plain = replace(policy, model=copy.deepcopy(policy.model))
    found = plain.model.load_state_dict(given, strict=False)
    assert not found.unexpected_keys
    assert set(found.missing_keys) <= {"lm_head.weight"}  # tied to the embedding
    torch.testing.assert_close(logps(plain), logps(adapted), atol=1e-4, rtol=0)


def test_a_stopped_step_is_replayed_against_the_model_before_there_were_adapters(policy, tmp_path):
    adapted, base = with_adapters(policy), policy.model.name_or_path
    groups = [replace(group, rewards=[Reward(math.inf, {}), Reward(0.0, {})]) for group in groups_of(adapted)]
    recipe = Recipe(name="t", model="m", rl=RL, device="cpu")
    reference = reference_of(adapted)
    with pytest.raises(Diverged), guarded(tmp_path, 7, groups, recipe, base, adapted, reference):
        update(adapted, reference, make_optimizer(adapted, "adamw", 1e-3), groups, RL)
    _, again, held_to, _ = replay.load(tmp_path / "bad-step-7")
    torch.testing.assert_close(logps(again), logps(adapted), atol=1e-4, rtol=0)
    torch.testing.assert_close(logps(held_to), logps(policy), atol=1e-4, rtol=0)


def test_a_step_whose_weights_are_none_is_replayed_from_the_adapters_of_the_last_checkpoint(policy, tmp_path):
    adapted, base = with_adapters(policy), policy.model.name_or_path
    recipe = Recipe(name="t", model="m", rl=replace(RL, lora_alpha=8.0), device="cpu")
    save_checkpoint(tmp_path, 6, model=adapted.model)
    before = logps(adapted)
    groups = groups_of(adapted)
    adapted_layers(adapted.model)[0][1].lora_A["default"].weight.data[:] = math.nan
    with pytest.raises(Diverged), guarded(tmp_path, 7, groups, recipe, base, adapted, None):
        update(adapted, None, make_optimizer(adapted, "adamw", 1e-3), groups, RL)
    _, again, _, source = replay.load(tmp_path / "bad-step-7")
    assert source == "of the stage's last checkpoint"
    assert torch.equal(logps(again), before)


def test_a_checkpoint_holds_adapters_only_and_goes_on_from_them(policy, tmp_path):
    adapted = with_adapters(policy)
    optimizer = make_optimizer(adapted, "adamw", 1e-3)
    update(adapted, reference_of(adapted), optimizer, groups_of(adapted), RL)
    save_checkpoint(tmp_path, 1, model=adapted.model, optimizer=optimizer)
    held = FileSystemReader(newest(tmp_path)).read_metadata().state_dict_metadata
    assert any(".lora_" in name for name in held)
    assert all(".lora_" in name for name in held if name.startswith("model."))
    resumed = with_adapters(policy, filled=False)
    again = make_optimizer(resumed, "adamw", 1e-3)
    assert load_checkpoint(tmp_path, model=resumed.model, optimizer=again) == (1, {})
    for one, own in ((adapted, optimizer), (resumed, again)):
        update(one, reference_of(one), own, groups_of(one), RL)
    assert torch.equal(logps(resumed), logps(adapted))


def test_adapters_of_another_rank_or_of_more_layers_are_not_put_into_the_model(policy, tmp_path):
    one = adapted_layers(with_adapters(policy).model)[0][0].rpartition(".")[2]
    for saved, model in (({"rank": 2}, {}), ({}, {"targets": one}), ({"targets": one}, {})):
        save_checkpoint(tmp_path, 1, model=with_adapters(policy, **saved).model)
        with pytest.raises(RecipeError, match="does not fit the model"):
            load_checkpoint(tmp_path, model=with_adapters(policy, **model).model)


def test_they_begin_the_same_whatever_was_drawn_before(policy):
    torch.manual_seed(5)
    first = with_adapters(policy, filled=False)
    torch.manual_seed(6)
    state = torch.get_rng_state()
    second = with_adapters(policy, filled=False)
    assert torch.equal(state, torch.get_rng_state())
    ours, theirs = first.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_arithmetic_counts_what_is_there(policy):
    shape = shape_of(policy.model.name_or_path)
    adapted = with_adapters(policy)
    trained = sum(parameter.numel() for parameter in adapted.model.parameters() if parameter.requires_grad)
    assert adapter_size(shape, 4, "all-linear") == trained
    memory = rl_memory(shape, RL, bfloat16=False)
    assert memory.weights == 4 * sum(parameter.numel() for parameter in adapted.model.parameters())
    assert (memory.gradients, memory.optimizer, memory.reference) == (4 * trained, 8 * trained, 0)


def test_without_peft_the_error_says_what_to_install(policy, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(RecipeError, match=r"needs peft: pip install 'r1-verifiers\[lora\]'"):
        with_adapters(policy)


@pytest.mark.parametrize(
    ("targets", "sentence"), [("q_porj", "Target modules .*q_porj"), ("lm_head", "take no adapter here")]
)
def test_targets_that_cannot_be_are_named(policy, targets, sentence):
    with pytest.raises(RecipeError, match=f"lora_targets '{targets}'.*{sentence}"):
        with_adapters(policy, targets=targets)


def test_a_reference_that_would_be_renewed_is_refused():
    recipe = Recipe(name="r", model="m", rl=fill_preset(Rl(tasks="t", lora_rank=4, steps=500)))
    with pytest.raises(RecipeError, match=r"reference_every is 400: .* set rl.reference_every = 0"):
        check(recipe)
    check(replace(recipe, rl=replace(recipe.rl, steps=400)))
    check(replace(recipe, rl=replace(recipe.rl, kl_coef=0.0)))
