"""An update of a real model is the equation's gradient, whatever is padded, split, silent, undecided or cut off."""

import copy
import functools
import math
import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils import parameters_to_vector
from transformers import GPT2Config, GPT2LMHeadModel

from grpo import policy as policy_module
from grpo import train
from grpo.engine import TransformersEngine
from grpo.generate import Rollout
from grpo.gradients import MAX_GRAD_NORM
from grpo.groups import Group
from grpo.policy import Policy
from grpo.presets import PRESETS, fill_preset
from grpo.settings import Rl
from grpo.tasks import Task
from tests import reference_objective as twin
from verifiers import Reward

EOS, VOCABULARY, LONGEST, G = 0, 24, 6, 4
SETTINGS = {
    **{name: {"algorithm": name} for name in PRESETS},
    "warm": {"algorithm": "dapo", "temperature": 1.7},
    "cool with KL": {"temperature": 0.6, "kl_coef": 0.2},
    "KL in the reward": {"kl_in": "reward", "kl": "k1", "kl_coef": 0.1, "temperature": 1.3},
    "overlong": {"algorithm": "dapo", "mask_truncated": True, "dual_clip": 3.0},
    "overlong with KL": {"mask_truncated": True, "kl_coef": 0.2, "kl": "k3_ratio"},
    "leave one out": {"advantage": "leave_one_out", "kl_coef": 0.0, "clip_low": 0.05, "clip_high": 0.05},
    "corrected": {"algorithm": "dapo", "correction": "token_truncate", "correction_cap": 1.1},
    "corrected by sequence": {"algorithm": "gspo", "correction": "sequence_mask", "correction_cap": 1.5},
}

few = settings(max_examples=max(5, settings().max_examples // 20))  # an example is an update or two
seeds, budgets = st.integers(0, 2**31), st.sampled_from([1, 20, 10_000])
names, without_kl = st.sampled_from(list(SETTINGS)), st.sampled_from(["dapo", "dr_grpo", "gspo", "cispo"])


def make_rl(name, **options):
    return fill_preset(Rl(**{"group_size": G, "max_new_tokens": LONGEST, **SETTINGS[name], **options}))


@functools.cache
def make_policy(seed=0):
    """A model with absolute positions, so that a shifted one shows; its tokenizer is nothing that could be asked."""
    sizes = {"vocab_size": VOCABULARY, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 32}
    torch.manual_seed(seed)
    model = GPT2LMHeadModel(GPT2Config(**sizes, eos_token_id=EOS, bos_token_id=None)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return Policy(model, None, frozenset({EOS}))


@functools.lru_cache(maxsize=64)
def make_groups(seed, *, scores=None):
    """Three groups of four: in the first a reward is undecided, the second is silent, the third may ask the same.

    Completions end with the EOS token, which also stands in prompts and in the padding, or are cut off at the limit.
    """
    dice = random.Random(seed)
    noise = torch.Generator().manual_seed(seed)
    rows = [dice.sample([0.0, 0.5, 1.0, None], 4), [dice.choice([0.0, 1.0])] * 4, dice.choices([0.0, 0.5, 1.0], k=4)]
    groups = []
    for p in range(3):
        prompt = [dice.randrange(VOCABULARY) for _ in range(dice.randint(1, 6))]
        prompt = groups[0].prompt_ids if p == 2 and dice.random() < 0.5 else prompt
        rollouts = []
        for _ in range(G):
            truncated = dice.random() < 0.4
            length = LONGEST if truncated else dice.randint(1, LONGEST)
            ids = [dice.randrange(1, VOCABULARY) for _ in range(length)]
            ids = ids if truncated else [*ids[:-1], EOS]
            with torch.no_grad():
                logps_T = plain_logps(make_policy(), prompt, ids, 1.0)
            logps_T = (logps_T + 0.2 * torch.randn(length, generator=noise)).clamp(max=0)
            rollouts.append(Rollout(ids, logps_T.tolist(), 0.5, truncated))
        rewards = [Reward(score, {}) for score in (scores or rows[p])]
        groups.append(Group(Task(str(p), "q", "1"), "q", prompt, rollouts, [""] * G, rewards))
    return groups


def plain_logps(policy, prompt, ids, temperature):
    """One sequence, the whole forward pass of the model, all logits."""
    logits_TV = policy.model(input_ids=torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1] / temperature
    return logits_TV.log_softmax(-1).gather(1, torch.tensor(ids)[:, None])[:, 0]


def update_by_hand(policy, reference, groups, rl, old):
    """The change of the weights at learning rate 1, and what is measured: float64, one sequence after the other."""
    pairs = [(group.prompt_ids, rollout) for group in groups for rollout in group.rollouts]
    rewards = [math.nan if reward.value is None else reward.value for group in groups for reward in group.rewards]
    exact = replace(policy, model=copy.deepcopy(policy.model).double())
    exact_reference = reference and replace(reference, model=copy.deepcopy(reference.model).double())
    logps = [plain_logps(exact, prompt, rollout.ids, rl.temperature) for prompt, rollout in pairs]
    sampler = [rollout.logps for _, rollout in pairs]
    old = [row.tolist() for row in old] if old else sampler
    ref = None
    if reference:
        with torch.no_grad():
            ref = [plain_logps(exact_reference, prompt, r.ids, rl.temperature).tolist() for prompt, r in pairs]
    if ref and rl.kl_in == "reward":
        taken = [
            sum(twin.kl_term(rl.kl, o, r, o)[0] for o, r in zip(*rows, strict=True))
            for rows in zip(old, ref, strict=True)
        ]
        rewards = [reward - rl.kl_coef * kl for reward, kl in zip(rewards, taken, strict=True)]
        ref = None
    advantages = [a for p in range(0, len(rewards), G) for a in twin.advantages(rewards[p : p + G], rl.advantage)]
    kept = [
        not math.isnan(reward) and not (rl.mask_truncated and rollout.truncated)
        for reward, (_, rollout) in zip(rewards, pairs, strict=True)
    ]
    mask = [[here] * len(row) + [False] * (LONGEST - len(row)) for here, row in zip(kept, sampler, strict=True)]
    values = [row.tolist() + [0.0] * (LONGEST - len(row)) for row in logps]
    loss, gradient, at_clip, kl = twin.loss_and_gradient(
        values, old, ref, sampler, advantages, mask, loss=rl.loss, max_new_tokens=LONGEST, ratio=rl.ratio,
        surrogate=rl.surrogate, clip_low=rl.clip_low, clip_high=rl.clip_high, dual_clip=rl.dual_clip, kl=rl.kl,
        kl_coef=rl.kl_coef, correction=rl.correction, correction_cap=rl.correction_cap,
    )  # fmt: skip
    through = sum((row_T * torch.tensor(own[: len(row_T)])).sum() for row_T, own in zip(logps, gradient, strict=True))
    parameters = list(exact.model.parameters())
    found = parameters_to_vector(torch.autograd.grad(through, parameters, materialize_grads=True))
    silent = sum(not any(advantages[p : p + G]) for p in range(0, len(rewards), G)) / len(groups)
    measured = {"loss": loss, "clip_fraction": at_clip, "kl": kl, "grad_norm": found.norm().item()}
    return -found / max(1.0, found.norm().item() / MAX_GRAD_NORM), measured | {"silent_groups": silent}


def update(groups, rl, reference=None, old=None):
    """The change of the weights at learning rate 1, and what is measured, by the trainer."""
    policy = replace(make_policy(), model=copy.deepcopy(make_policy().model))
    before = parameters_to_vector(policy.model.parameters()).detach().clone()
    optimizer = torch.optim.SGD(policy.model.parameters(), lr=1.0)
    measured = train.update(policy, reference, optimizer, groups, rl, old)
    return parameters_to_vector(policy.model.parameters()).detach() - before, measured


@few
@given(seed=seeds, name=names, budget=budgets)
def test_an_update_is_the_equations_gradient_of_the_plain_forward_pass(seed, name, budget):
    rl, groups = make_rl(name, forward_tokens=budget), make_groups(seed)
    reference = make_policy(1) if rl.kl_coef else None
    dice = torch.Generator().manual_seed(seed)
    old = None
    if rl.correction != "none":
        old = [
            torch.tensor(r.logps) + 0.2 * torch.randn(len(r.ids), generator=dice) for g in groups for r in g.rollouts
        ]
    change, measured = update(groups, rl, reference, old)
    expected, by_hand = update_by_hand(make_policy(), reference, groups, rl, old)
    torch.testing.assert_close(change.double(), expected, rtol=1e-3, atol=2e-5)
    weight = 1.0  # what the fixed length's weights do not add up to is not in what is logged
    if rl.loss == "fixed_length":
        tokens = [len(r.ids) for g in groups for r, w in zip(g.rollouts, g.rewards, strict=True) if w.value is not None]
        weight = sum(tokens) / (len(tokens) * LONGEST)
    for key, value in by_hand.items():
        if key in measured:
            logged = value / weight if key in ("clip_fraction", "kl") else value
            assert measured[key] == pytest.approx(logged, rel=1e-3, abs=1e-4), key


@few
@given(seed=seeds, name=without_kl, score=st.sampled_from([0.0, 0.1, 1.0, None]))
def test_silent_groups_have_exactly_no_gradient_without_a_kl_term_and_are_counted(seed, name, score):
    change, measured = update(make_groups(seed, scores=(score,) * G), make_rl(name))
    assert not change.any()
    assert measured["silent_groups"] == 1
    assert measured["loss"] == measured["grad_norm"] == measured["clip_fraction"] == 0


@few
@given(seed=seeds, name=names)
def test_what_an_undecided_rollout_says_changes_nothing(seed, name):
    rl, groups = make_rl(name, correction="none"), make_groups(seed)
    reference = make_policy(1) if rl.kl_coef else None
    other = [
        replace(group, rollouts=[
            replace(r, ids=r.ids[::-1], logps=[-9.0] * len(r.ids)) if reward.value is None else r
            for r, reward in zip(group.rollouts, group.rewards, strict=True)
        ])
        for group in groups
    ]  # fmt: skip
    torch.testing.assert_close(update(other, rl, reference), update(groups, rl, reference), rtol=0, atol=0)


@few
@given(seed=seeds, name=names, fill=st.lists(st.integers(0, VOCABULARY - 1), min_size=8, max_size=8))
def test_what_stands_in_the_padding_changes_nothing(seed, name, fill):
    rl, groups = make_rl(name, correction="none"), make_groups(seed)
    reference = make_policy(1) if rl.kl_coef else None
    clean = update(groups, rl, reference)
    pad = policy_module.pad

    def filled(sequences, *, left, device, **more):
        ids_BT, mask_BT = pad(sequences, left=left, device=device, **more)
        return torch.where(mask_BT, ids_BT, torch.tensor(fill)[: ids_BT.shape[1]]), mask_BT

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policy_module, "pad", filled)
        torch.testing.assert_close(update(groups, rl, reference), clean, rtol=1e-4, atol=1e-6)


@few
@given(seed=seeds, name=st.sampled_from(["r1_zero", "cool with KL"]), budget=budgets)
def test_the_loss_has_a_gradient_at_every_generated_token_the_eos_too_and_nowhere_else(seed, name, budget):
    groups = make_groups(seed)
    generated = {tuple(rollout.ids) for group in groups for rollout in group.rollouts}
    seen, completion_logps = [], train.completion_logps

    def watched(policy, prompts, rows, completions, **options):
        logps_BT = completion_logps(policy, prompts, rows, completions, **options)
        if logps_BT.requires_grad:
            logps_BT.register_hook(lambda grad_BT: seen.append((completions, grad_BT)))
        return logps_BT

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "completion_logps", watched)
        update(groups, make_rl(name, forward_tokens=budget), make_policy(1))
    assert sum(len(completions) for completions, _ in seen) == 3 * G - 1  # one is undecided
    for completions, grad_BT in seen:
        assert {tuple(ids) for ids in completions} <= generated
        for ids, grad_T in zip(completions, grad_BT, strict=True):
            assert (grad_T != 0).tolist() == [t < len(ids) for t in range(grad_BT.shape[1])]


@few
@given(seed=seeds, name=names, budget=budgets)
def test_in_the_first_step_the_ratio_is_exactly_one_and_the_kl_zero(seed, name, budget):
    rl = make_rl(name, clip_low=0.0, clip_high=0.0, forward_tokens=budget, kl_in="loss", kl_coef=1.0)
    rl = replace(rl, mask_truncated=False)  # else other rows go through the model together, which rounds otherwise
    groups = make_groups(seed, scores=(1.0, 0.0, 0.5, 0.0))
    _, measured = update(groups, rl, make_policy(), train.score_rollouts(make_policy(), groups, rl))
    assert measured["kl"] == measured["clip_fraction"] == 0


@few
@given(seed=seeds, temperature=st.sampled_from([0.7, 1.0, 1.6]), rows=st.sampled_from([1, 3, 64]))
def test_rollouts_have_the_log_probs_of_the_weights_after_the_last_step_and_end_with_eos_or_are_cut_off(
    seed, temperature, rows
):
    policy = replace(make_policy(), model=copy.deepcopy(make_policy().model))
    engine = TransformersEngine(policy, rows)
    optimizer = torch.optim.SGD(policy.model.parameters(), lr=1.0)
    groups = make_groups(seed, scores=(1.0, 0.0, 0.5, 0.0))
    train.update(policy, None, optimizer, groups, make_rl("dapo"))
    engine.push(policy)
    prompts = [group.prompt_ids for group in groups]
    sampling = {"max_new_tokens": LONGEST, "temperature": temperature, "top_p": 1.0, "seed": seed}
    for place, rollout in engine.sample(prompts, 2, **sampling):
        with torch.no_grad():
            expected_T = plain_logps(policy, prompts[place // 2], rollout.ids, temperature)
        torch.testing.assert_close(torch.tensor(rollout.logps), expected_T, rtol=0, atol=1e-4)
        assert (rollout.ids[-1] == EOS) != rollout.truncated
        assert EOS not in rollout.ids[:-1]


def test_training_samples_from_the_whole_distribution():
    assert not {"top_p", "top_k", "min_p"} & set(Rl.__dataclass_fields__)
