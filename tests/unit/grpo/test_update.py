"""One optimiser step under each setting of the objective: what reaches the weights, and what must not."""

import copy
from dataclasses import replace

import pytest
import torch

from grpo.generate import Rollout
from grpo.groups import Group
from grpo.presets import PRESETS, fill_preset
from grpo.settings import Rl
from grpo.tasks import Task
from grpo.train import score_rollouts, update
from verifiers import Reward

SETTINGS = {
    **{name: {"algorithm": name} for name in PRESETS},
    "kl_in_reward": {"kl_in": "reward", "kl": "k1", "kl_coef": 0.1},
    "k3_ratio": {"kl": "k3_ratio", "kl_coef": 0.1},
    "overlong": {"algorithm": "dapo", "mask_truncated": True, "dual_clip": 3.0},
    "leave_one_out": {"advantage": "leave_one_out", "kl_coef": 0.0},
    "token_truncate": {"algorithm": "dapo", "correction": "token_truncate", "correction_cap": 1.1},
    "sequence_mask": {"algorithm": "dapo", "correction": "sequence_mask", "correction_cap": 1.5},
}


def settings(**options):
    return fill_preset(Rl(**{"group_size": 4, "max_new_tokens": 8, "forward_tokens": 10_000, **options}))


@pytest.fixture(scope="module")
def groups(policy):
    """Two groups; the sampler's log-probs are the policy's but for some noise, and one reward is undecided."""
    random = torch.Generator().manual_seed(0)
    made = []
    for p, scores in enumerate([(1.0, 0.0, 0.5, None), (0.0, 1.0, 1.0, 0.0)]):
        rollouts = []
        for length in (3, 8, 5, 2):
            ids = torch.randint(1, 80, (length,), generator=random).tolist()
            rollouts.append(Rollout(ids, [0.0] * length, 0.5, truncated=length == 8))
        prompt_ids = torch.randint(1, 80, (4 + p,), generator=random).tolist()
        task = Task(str(p), "q", "1")
        made.append(Group(task, "q", prompt_ids, rollouts, [""] * 4, [Reward(score, {}) for score in scores]))
    logps = iter(score_rollouts(policy, made, settings()))
    return [
        replace(
            group,
            rollouts=[
                replace(r, logps=(logps_T + 0.1 * torch.randn(logps_T.shape, generator=random)).tolist())
                for r, logps_T in ((r, next(logps)) for r in group.rollouts)
            ],
        )
        for group in made
    ]


def step(policy, groups, rl, reference=None, old=None):
    """The weights' change, and what was measured."""
    policy = replace(policy, model=copy.deepcopy(policy.model))
    before = torch.nn.utils.parameters_to_vector(policy.model.parameters()).detach().clone()
    if rl.correction != "none" and old is None:
        old = score_rollouts(policy, groups, rl)
    optimizer = torch.optim.SGD(policy.model.parameters(), lr=1.0)
    measured = update(policy, reference, optimizer, groups, rl, old)
    return torch.nn.utils.parameters_to_vector(policy.model.parameters()).detach() - before, measured


def other(policy):
    """A reference that is not the policy."""
    model = copy.deepcopy(policy.model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.01)
    return replace(policy, model=model)


@pytest.mark.parametrize("name", SETTINGS)
def test_tokens_a_pass_change_no_update(policy, groups, name):
    rl = settings(**SETTINGS[name])
    reference = other(policy) if rl.kl_coef else None
    whole, measured = step(policy, groups, rl, reference)
    alone, measured_alone = step(policy, groups, replace(rl, forward_tokens=1), reference)
    assert whole.abs().max() > 1e-5
    torch.testing.assert_close(alone, whole, rtol=1e-3, atol=1e-5)
    assert measured == pytest.approx(measured_alone, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("algorithm", PRESETS)
def test_a_masked_completion_that_was_cut_off_has_no_gradient_and_stays_in_its_groups_mean(policy, groups, algorithm):
    rl = settings(algorithm=algorithm, kl_coef=0.0, mask_truncated=True)
    expected, _ = step(policy, groups, rl)
    spoiled = [
        replace(g, rollouts=[replace(r, ids=r.ids[::-1]) if r.truncated else r for r in g.rollouts]) for g in groups
    ]
    torch.testing.assert_close(step(policy, spoiled, rl)[0], expected, rtol=0, atol=0)
    assert (step(policy, spoiled, replace(rl, mask_truncated=False))[0] - expected).abs().max() > 1e-5
    paid = [
        replace(g, rewards=[Reward(9.0, {}) if r.truncated else w for r, w in zip(g.rollouts, g.rewards, strict=True)])
        for g in groups
    ]
    assert (step(policy, paid, rl)[0] - expected).abs().max() > 1e-5


def test_kl_in_the_reward_is_nothing_where_the_reference_is_the_old_policy(policy, groups):
    rl = settings(kl_in="reward", kl="k1", kl_coef=0.1)
    old = score_rollouts(policy, groups, rl)
    expected, _ = step(policy, groups, replace(rl, kl_coef=0.0), None, old)
    same, measured = step(policy, groups, rl, policy, old)
    torch.testing.assert_close(same, expected, rtol=1e-3, atol=1e-5)
    assert measured["kl_reward"] == pytest.approx(0, abs=1e-6)
    assert (step(policy, groups, rl, other(policy), old)[0] - expected).abs().max() > 1e-5


def test_a_correction_is_nothing_where_the_sampler_is_right_and_something_where_it_is_not(policy, groups):
    rl = settings(algorithm="dapo", correction="token_truncate", correction_cap=1.05)
    old = score_rollouts(policy, groups, rl)
    logps = iter(old)
    right = [replace(g, rollouts=[replace(r, logps=next(logps).tolist()) for r in g.rollouts]) for g in groups]
    plain = replace(rl, correction="none")
    corrected, measured = step(policy, right, rl, None, old)
    torch.testing.assert_close(corrected, step(policy, right, plain)[0], rtol=1e-4, atol=1e-6)
    assert measured["correction"] == pytest.approx(1, abs=1e-4)
    assert measured["cap_fraction"] == 0
    assert (step(policy, groups, rl, None, old)[0] - corrected).abs().max() > 1e-5


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("loss", ["sequence_mean", "token_mean", "fixed_length"])
def test_the_corrections_weight_is_logged_before_the_cap_with_the_share_above_it(policy, groups, loss, level):
    old = [torch.tensor(r.logps) + 0.1 * torch.arange(len(r.logps)) for g in groups for r in g.rollouts]
    rewards = [reward for g in groups for reward in g.rewards]
    decided = [logps_T for logps_T, reward in zip(old, rewards, strict=True) if reward.value is not None]
    ratios = [(0.1 * torch.arange(len(logps_T))) for logps_T in decided]
    ratios = [(gap_T if level == "token" else gap_T.sum().expand_as(gap_T)).exp() for gap_T in ratios]

    def mean(values):
        return torch.cat(values).mean() if loss != "sequence_mean" else torch.stack([v.mean() for v in values]).mean()

    for kind in ("truncate", "mask"):
        rl = settings(loss=loss, kl_coef=0.0, correction=f"{level}_{kind}", correction_cap=1.25)
        _, measured = step(policy, groups, rl, None, old)
        assert measured["correction"] == pytest.approx(mean(ratios).item(), rel=1e-5)
        assert measured["cap_fraction"] == pytest.approx(mean([(r > 1.25).float() for r in ratios]).item(), rel=1e-5)


@pytest.mark.parametrize("name", ["clip_fraction", "kl", "correction", "cap_fraction"])
def test_what_the_fixed_length_loss_logs_is_a_mean_over_tokens(policy, groups, name):
    rl = settings(loss="fixed_length", advantage="mean", clip_low=0.05, clip_high=0.05, kl_coef=0.1)
    rl = replace(rl, correction="token_truncate", correction_cap=1.05)
    old = [torch.tensor(r.logps) + 0.1 for g in groups for r in g.rollouts]
    _, measured = step(policy, groups, rl, other(policy), old)
    _, expected = step(policy, groups, replace(rl, loss="token_mean"), other(policy), old)
    assert measured[name] == pytest.approx(expected[name], rel=1e-4) != 0
