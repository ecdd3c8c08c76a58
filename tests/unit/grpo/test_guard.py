"""A step whose numbers are none stays out of the weights, and its batch tells which rollout it was."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from grpo import replay
from grpo.gradients import Diverged
from grpo.guard import LOGPS, LOSS, REWARDS, SAMPLED, WHAT_TO_DO, guarded, read_batch
from grpo.settings import Recipe
from grpo.train import score_rollouts, update
from tests.unit.grpo import test_update
from tests.unit.grpo.test_update import SETTINGS, other, settings
from verifiers import Reward

groups = test_update.groups  # a fixture: two groups, an undecided reward, log-probs off the policy's by some noise


def with_rollout(groups, b, **changes):
    """The groups with another rollout b of the first one."""
    rollouts = list(groups[0].rollouts)
    rollouts[b] = replace(rollouts[b], **changes)
    return [replace(groups[0], rollouts=rollouts), *groups[1:]]


def with_reward(groups, b, value):
    rewards = list(groups[0].rewards)
    rewards[b] = Reward(value, {})
    return [replace(groups[0], rewards=rewards), *groups[1:]]


SICK = {
    "an infinite reward": (REWARDS, lambda groups: with_reward(groups, 0, math.inf)),
    "a reward that is NaN": (REWARDS, lambda groups: with_reward(groups, 0, math.nan)),
    "an infinite reward where all are the same": (
        REWARDS,
        lambda groups: [replace(group, rewards=[Reward(math.inf, {})] * 4) for group in groups],
    ),
    "a log-prob of the sampler's": (SAMPLED, lambda groups: with_rollout(groups, 1, logps=[math.nan] * 8)),
    "one at a single token": (SAMPLED, lambda groups: with_rollout(groups, 1, logps=[-1.0] * 7 + [-math.inf])),
    "a ratio that overflows": (LOSS, lambda groups: with_rollout(groups, 1, logps=[-300.0] * 8)),
}


@pytest.mark.parametrize("name", SICK)
def test_a_sick_batch_reaches_neither_weights_nor_optimiser(policy, groups, name):
    found, spoil = SICK[name]
    policy = replace(policy, model=copy.deepcopy(policy.model))
    optimizer = torch.optim.AdamW(policy.model.parameters(), lr=1.0)
    before = copy.deepcopy(policy.model.state_dict())
    with pytest.raises(Diverged, match=rf"training has diverged \(.*{found}.*smaller lr") as stopped:
        update(policy, None, optimizer, spoil(groups), settings(algorithm="dapo"))
    assert found in stopped.value.found
    assert all(torch.equal(weights, before[key]) for key, weights in policy.model.state_dict().items())
    assert not optimizer.state


def test_weights_that_have_overflowed_are_found_by_their_log_probs(policy, groups):
    policy = replace(policy, model=copy.deepcopy(policy.model))
    next(policy.model.parameters()).data[:] = math.nan
    with pytest.raises(Diverged) as stopped:
        update(policy, None, torch.optim.SGD(policy.model.parameters()), groups, settings(algorithm="dapo"))
    assert stopped.value.found == [LOGPS, LOSS]


def test_a_batch_without_a_gradient_stops_for_its_sampler_too(policy, groups):
    policy = replace(policy, model=copy.deepcopy(policy.model))
    silent = [replace(group, rewards=[Reward(1.0, {})] * 4) for group in SICK["one at a single token"][1](groups)]
    with pytest.raises(Diverged, match="the sampler's log-probs not finite"):
        update(policy, None, torch.optim.SGD(policy.model.parameters()), silent, settings(algorithm="dapo"))


def test_a_sick_rollout_that_is_undecided_is_no_reason_to_stop(policy, groups):
    """It takes no part in the step; but its sampler's log-probs would be in the correction, so they do count."""
    policy = replace(policy, model=copy.deepcopy(policy.model))
    assert groups[0].rewards[3].value is None
    spoiled = with_rollout(groups, 3, logps=[-300.0] * 2)
    update(policy, None, torch.optim.SGD(policy.model.parameters()), spoiled, settings(algorithm="dapo"))


@pytest.mark.parametrize("name", SETTINGS)
def test_replaying_adds_up_to_the_step(policy, groups, name):
    rl = settings(**SETTINGS[name])
    reference = other(policy) if rl.kl_coef else None
    old = score_rollouts(policy, groups, rl) if rl.correction != "none" else None
    looks = replay.look(policy, reference, groups, rl, old)
    copied = replace(policy, model=copy.deepcopy(policy.model))
    measured = update(copied, reference, torch.optim.SGD(copied.model.parameters()), groups, rl, old)
    assert sum(one.loss for one in looks) == pytest.approx(measured["loss"], rel=1e-4, abs=1e-6)
    assert not any(one.faults for one in looks)
    assert all(weights.grad is None for weights in policy.model.parameters())


def stop(tmp_path, policy, groups, rl, reference=None, old=None):
    """A stopped step's folder and sentence."""
    recipe = Recipe(name="t", model="m", rl=rl, device="cpu")
    optimizer = torch.optim.SGD(policy.model.parameters(), lr=1.0)
    with pytest.raises(Diverged) as stopped, guarded(tmp_path, 7, groups, recipe, "m", policy, reference, old):
        update(policy, reference, optimizer, groups, rl, old)
    return tmp_path / "bad-step-7", str(stopped.value)


@pytest.mark.parametrize("name", SICK)
def test_the_batch_is_kept_as_it_was_and_replaying_names_the_rollout(tmp_path, policy, groups, name, capsys):
    policy = replace(policy, model=copy.deepcopy(policy.model))
    spoiled = SICK[name][1](groups)
    folder, said = stop(tmp_path, policy, spoiled, settings(kl_coef=0.1), other(policy))
    assert WHAT_TO_DO[SICK[name][0]] in said
    assert f"python -m grpo.replay {folder} says which rollout" in said
    kept, old, about = read_batch(folder)
    assert old is None
    assert about["step"] == 7
    assert [group.prompt_ids for group in kept] == [group.prompt_ids for group in spoiled]
    for group, was in zip(kept, spoiled, strict=True):
        assert repr(group.rollouts) == repr(was.rollouts)  # NaN is not equal to itself
        assert repr([reward.value for reward in group.rewards]) == repr([reward.value for reward in was.rewards])
    capsys.readouterr()
    assert replay.main([str(folder)]) == 1
    printed = capsys.readouterr().out
    rollout = 1 if SICK[name][0] in (SAMPLED, LOSS) else 0
    assert f"not finite: rollout {rollout}" in printed
    assert "weights: as they were" in printed


def test_the_old_log_probs_are_kept_where_the_trainer_took_them(tmp_path, policy, groups):
    policy = replace(policy, model=copy.deepcopy(policy.model))
    rl = settings(**SETTINGS["token_truncate"])
    old = score_rollouts(policy, groups, rl)
    folder, _ = stop(tmp_path, policy, with_reward(groups, 0, math.inf), rl, old=old)
    torch.testing.assert_close(read_batch(folder)[1], old, rtol=0, atol=0)


def test_weights_that_are_none_are_not_kept_and_named(tmp_path, policy, groups):
    policy = replace(policy, model=copy.deepcopy(policy.model))
    [first, *_] = [name for name, _ in policy.model.named_parameters()]
    next(policy.model.parameters()).data.fill_(math.nan)
    folder, said = stop(tmp_path, policy, groups, settings(algorithm="dapo"))
    assert f"1 weights were not finite before this step, {first} the first" in said
    assert not (folder / "model").exists()


def test_replaying_what_is_no_such_folder_says_what_is_expected(tmp_path, capsys):
    assert replay.main([str(tmp_path)]) == 2
    assert "give the folder bad-step-N of a stage" in capsys.readouterr().err
