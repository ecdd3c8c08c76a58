"""The loss and its gradient are the paper's, whatever is masked, silent, undecided or split."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grpo.objective import group_advantages, grpo_loss, token_weights
from grpo.presets import fill_preset
from grpo.settings import Rl

LOSSES = st.sampled_from(["sequence_mean", "token_mean"])
REWARDS = st.sampled_from([0.0, 0.5, 1.0, 2.0])


@st.composite
def batches(draw):
    """Log-probs, advantages and lengths of up to five rollouts; log-ratios far on both sides of any clip."""
    size, length = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    numbers = st.floats(-3, 3, width=32)

    def matrix():
        row = st.lists(numbers, min_size=length, max_size=length)
        return torch.tensor(draw(st.lists(row, min_size=size, max_size=size)), dtype=torch.float64)

    lengths_B = torch.tensor(draw(st.lists(st.integers(0, length), min_size=size, max_size=size)))
    advantages_B = torch.tensor(draw(st.lists(numbers, min_size=size, max_size=size)), dtype=torch.float64)
    mask_BT = torch.arange(length) < lengths_B[:, None]
    return matrix(), matrix(), matrix(), advantages_B, mask_BT


def by_hand(logps_BT, old_BT, ref_BT, advantages_B, mask_BT, loss, clip_low, clip_high, kl_coef):
    """Equation 1 of the paper (or DAPO's mean), one token after the other."""
    rollouts = []
    for b, advantage in enumerate(advantages_B):
        terms = []
        for t in mask_BT[b].nonzero()[:, 0].tolist():
            ratio = torch.exp(logps_BT[b, t] - old_BT[b, t])
            surrogate = torch.minimum(ratio * advantage, torch.clamp(ratio, 1 - clip_low, 1 + clip_high) * advantage)
            away = torch.exp(ref_BT[b, t]) / torch.exp(logps_BT[b, t])
            terms.append(surrogate - kl_coef * (away - torch.log(away) - 1))
        if terms:
            rollouts.append(terms)
    if not rollouts:
        return logps_BT.sum() * 0.0
    if loss == "token_mean":
        flat = [term for terms in rollouts for term in terms]
        return -sum(flat) / len(flat)
    return -sum(sum(terms) / len(terms) for terms in rollouts) / len(rollouts)


@given(
    batch=batches(),
    loss=LOSSES,
    clip=st.sampled_from([(0.2, 0.2), (0.2, 0.28), (10.0, 10.0)]),
    kl=st.sampled_from([0.0, 0.04]),
)
def test_loss_and_gradient_equal_the_equation_written_out(batch, loss, clip, kl):
    logps_BT, old_BT, ref_BT, advantages_B, mask_BT = batch
    logps_BT.requires_grad_()
    weights_BT = token_weights(mask_BT, loss)
    ours, _ = grpo_loss(
        logps_BT,
        old_BT,
        ref_BT if kl else None,
        advantages_B,
        weights_BT,
        clip_low=clip[0],
        clip_high=clip[1],
        kl_coef=kl,
    )
    theirs = by_hand(logps_BT, old_BT, ref_BT, advantages_B, mask_BT, loss, *clip, kl)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    gradients = [torch.autograd.grad(value, logps_BT, allow_unused=True)[0] for value in (ours, theirs)]
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-5, atol=1e-6)


@given(seed=st.integers(0, 2**31), far=st.sampled_from([0.1, 1.0, 3.0]))
def test_the_default_preset_is_the_papers_equation(seed, far):
    """DeepSeek-R1, equations 1 to 3, in the order of its terms: two groups of four rollouts."""
    random = torch.Generator().manual_seed(seed)
    rl = fill_preset(Rl())
    old_BT = -torch.rand(8, 6, generator=random, dtype=torch.float64)
    logps_BT = (old_BT + far * torch.randn(8, 6, generator=random, dtype=torch.float64)).requires_grad_()
    ref_BT = old_BT + torch.randn(8, 6, generator=random, dtype=torch.float64)
    rewards_PG = torch.randint(0, 3, (2, 4), generator=random).double() + torch.tensor([0.0, 0.0, 0.0, 3.0])
    mask_BT = torch.arange(6) < torch.randint(1, 7, (8, 1), generator=random)

    advantages_PG = (rewards_PG - rewards_PG.mean(1, keepdim=True)) / rewards_PG.std(1, keepdim=True, correction=0)
    advantages_B1 = advantages_PG.view(8, 1)
    ratio_BT = (logps_BT - old_BT).exp()
    clipped_BT = ratio_BT.clamp(1 - 10, 1 + 10)
    surrogate_BT = torch.minimum(ratio_BT * advantages_B1, clipped_BT * advantages_B1)
    gap_BT = ref_BT - logps_BT
    kl_BT = gap_BT.exp() - gap_BT - 1
    objective_BT = (surrogate_BT - 0.001 * kl_BT) * mask_BT
    paper = -(objective_BT.sum(1) / mask_BT.sum(1)).mean()

    advantages_B = group_advantages(rewards_PG, rl.advantage).flatten()
    weights_BT = token_weights(mask_BT, rl.loss, max_new_tokens=rl.max_new_tokens, dtype=torch.float64)
    ours, _ = grpo_loss(
        logps_BT, old_BT, ref_BT, advantages_B, weights_BT, clip_low=rl.clip_low, clip_high=rl.clip_high,
        kl_coef=rl.kl_coef, kl=rl.kl, ratio=rl.ratio, surrogate=rl.surrogate, dual_clip=rl.dual_clip,
        correction=rl.correction,
    )  # fmt: skip
    assert (rl.kl_in, rl.mask_truncated, rl.reference_every) == ("loss", False, 400)
    torch.testing.assert_close(ours, paper, rtol=1e-12, atol=1e-12)
    gradients = [torch.autograd.grad(value, logps_BT, retain_graph=True)[0] for value in (ours, paper)]
    torch.testing.assert_close(*gradients, rtol=1e-12, atol=1e-12)


@given(batch=batches(), loss=LOSSES, trash=st.sampled_from([math.nan, math.inf, -math.inf, 1e30]))
def test_whatever_stands_at_masked_positions_is_harmless(batch, loss, trash):
    logps_BT, old_BT, ref_BT, advantages_B, mask_BT = batch
    weights_BT = token_weights(mask_BT, loss)

    def loss_and_gradient(fill):
        inputs = [torch.where(mask_BT, x_BT, fill) for x_BT in (logps_BT, old_BT, ref_BT)]
        inputs[0].requires_grad_()
        value, _ = grpo_loss(*inputs, advantages_B, weights_BT, clip_low=0.2, clip_high=0.2, kl_coef=0.1)
        return value, torch.autograd.grad(value, inputs[0])[0]

    torch.testing.assert_close(loss_and_gradient(trash), loss_and_gradient(0.0), rtol=0, atol=0)


@given(batch=batches(), loss=LOSSES, cut=st.integers(0, 5))
def test_splitting_a_batch_changes_nothing(batch, loss, cut):
    logps_BT, old_BT, ref_BT, advantages_B, mask_BT = batch
    weights_BT = token_weights(mask_BT, loss)
    options = {"clip_low": 0.2, "clip_high": 0.28, "kl_coef": 0.1}

    def part(rows):
        rest = logps_BT[rows], old_BT[rows], ref_BT[rows], advantages_B[rows], weights_BT[rows]
        value, sums = grpo_loss(*rest, **options)
        return torch.stack([value, sums["kl"], sums["clip_fraction"]])

    torch.testing.assert_close(part(slice(None, cut)) + part(slice(cut, None)), part(slice(None)), rtol=1e-6, atol=1e-9)


@given(batch=batches(), loss=LOSSES)
def test_on_policy_the_ratio_is_one_nothing_is_clipped_and_the_kl_is_zero(batch, loss):
    logps_BT, _, _, advantages_B, mask_BT = batch
    weights_BT = token_weights(mask_BT, loss)
    value, sums = grpo_loss(
        logps_BT, logps_BT, logps_BT, advantages_B, weights_BT, clip_low=0.0, clip_high=0.0, kl_coef=1.0
    )
    assert sums["clip_fraction"] == sums["kl"] == 0
    torch.testing.assert_close(value, -(advantages_B[:, None] * weights_BT).sum(), rtol=1e-6, atol=1e-9)


@given(batch=batches(), loss=LOSSES)
def test_token_weights_add_up_to_one(batch, loss):
    mask_BT = batch[-1]
    weights_BT = token_weights(mask_BT, loss)
    assert math.isclose(weights_BT.sum().item(), float(mask_BT.any()), abs_tol=1e-6)
    assert not weights_BT[~mask_BT].any()


@given(rewards=st.lists(REWARDS, min_size=2, max_size=8))
def test_advantages_have_mean_zero_and_spread_one_or_are_exactly_zero(rewards):
    advantages_G = group_advantages(torch.tensor([rewards], dtype=torch.float64))[0]
    if len(set(rewards)) == 1:
        assert not advantages_G.any()
    else:
        assert abs(advantages_G.mean()) < 1e-9
        assert abs(advantages_G.square().mean() - 1) < 1e-9


def test_the_std_is_that_of_the_group_with_divisor_g_in_one_right_of_four():
    [advantages_G] = group_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64))
    assert advantages_G[0].item() == pytest.approx(math.sqrt(3))  # G - 1 would give 1.5
    assert advantages_G[1:].tolist() == pytest.approx([-math.sqrt(1 / 3)] * 3)


@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3, 1e-7, 12345.678])
def test_equal_rewards_are_silent_in_any_precision(value):
    assert not group_advantages(torch.full((2, 7), value)).any()


@given(rewards=st.lists(REWARDS, min_size=2, max_size=8), data=st.data())
def test_an_undecided_reward_never_reaches_its_group(rewards, data):
    at = data.draw(st.integers(0, len(rewards)))
    mixed = [*rewards[:at], math.nan, *rewards[at:]]
    advantages_G = group_advantages(torch.tensor([mixed], dtype=torch.float64))[0]
    assert advantages_G[at] == 0
    without_G = group_advantages(torch.tensor([rewards], dtype=torch.float64))[0]
    torch.testing.assert_close(torch.cat([advantages_G[:at], advantages_G[at + 1 :]]), without_G)


@given(
    groups=st.lists(st.lists(REWARDS, min_size=4, max_size=4), min_size=1, max_size=4),
    shift=st.floats(-3, 3),
    data=st.data(),
)
def test_order_of_groups_and_rollouts_and_a_shift_of_the_rewards_do_not_matter(groups, shift, data):
    rewards_PG = torch.tensor(groups, dtype=torch.float64)
    expected_PG = group_advantages(rewards_PG)
    order_P = data.draw(st.permutations(range(len(groups))))
    order_G = data.draw(st.permutations(range(4)))
    moved_PG = group_advantages(rewards_PG[order_P][:, order_G] + shift)
    torch.testing.assert_close(moved_PG, expected_PG[order_P][:, order_G], rtol=1e-6, atol=1e-6)


def test_a_group_without_a_decided_reward_is_silent():
    assert not group_advantages(torch.full((1, 3), math.nan)).any()
    assert not group_advantages(torch.tensor([[math.nan, 1.0, math.nan]])).any()
