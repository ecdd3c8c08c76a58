"""Which rollouts or completions go through the model together changes nothing."""

import copy
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

from grpo import sft, train
from grpo.generate import Rollout
from grpo.groups import Group
from grpo.policy import Policy
from grpo.presets import fill_preset
from grpo.settings import Rl
from verifiers import Reward

ROWS = 6
CONFIG = LlamaConfig(
    vocab_size=50, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=1,
)  # fmt: skip
lengths = st.lists(st.integers(1, 9), min_size=ROWS, max_size=ROWS)
partitions = st.tuples(
    st.permutations(range(ROWS)), st.lists(st.integers(0, ROWS - 1), min_size=ROWS, max_size=ROWS)
).map(lambda drawn: [[b for b in drawn[0] if drawn[1][b] == part] for part in sorted(set(drawn[1]))])


@pytest.fixture(scope="module")
def policy() -> Policy:
    torch.manual_seed(0)
    model = LlamaForCausalLM(CONFIG).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return Policy(model, None, frozenset({0}))


def moved(policy, step):
    """What a step without an optimiser's memory adds to the weights, and what it says."""
    own = replace(policy, model=copy.deepcopy(policy.model))
    said = step(own, torch.optim.SGD(own.model.parameters(), lr=1.0))
    before, after = (torch.nn.utils.parameters_to_vector(one.model.parameters()).detach() for one in (policy, own))
    return after - before, said


def passes(rows, cut):
    """As `passes_of` gives them, by another cut."""

    def passes_of(groups, wanted, budget, padded):
        made = []
        for part in ([b for b in part if b in wanted] for part in cut):
            if part:
                ids = [groups[b // 3].rollouts[b % 3].ids for b in part]
                made.append((part, ([group.prompt_ids for group in groups], [b // 3 for b in part], ids)))
        return made

    return passes_of


@settings(max_examples=25)
@given(lengths=lengths, cut=partitions, algorithm=st.sampled_from(["r1_zero", "dapo", "gspo"]))
def test_which_pass_a_rollout_is_in_changes_no_update(policy, lengths, cut, algorithm):
    rl = fill_preset(Rl(algorithm=algorithm, group_size=3, max_new_tokens=9))
    rollouts = [Rollout([1 + b] * n, [-3.9] * n, 1.0, False) for b, n in enumerate(lengths)]
    rewards = [Reward(score, {}) for score in (0.0, 0.3, 1.0)]
    groups = [Group(None, "", [5, 6, 7 + p], rollouts[3 * p : 3 * p + 3], [""] * 3, rewards) for p in range(2)]
    reference = policy if rl.kl_coef else None

    def update(own, optimizer):
        return train.update(own, reference, optimizer, groups, rl)

    expected, measured = moved(policy, update)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grpo.passes.passes_of", passes(rollouts, cut))
        found, said = moved(policy, update)
    assert expected.abs().max() > 1e-4
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
    assert said == pytest.approx(measured, rel=1e-3, abs=1e-5)


@settings(max_examples=25)
@given(lengths=lengths, cut=partitions, together=st.integers(1, ROWS))
def test_which_row_and_pass_a_completion_is_in_changes_no_step_of_sft(policy, lengths, cut, together):
    pairs = [([40 + b, 2], [1 + b] * n) for b, n in enumerate(lengths)]

    def step(own, optimizer):
        return sft.sft_step(own, optimizer, pairs, 1.0, 100, 100 * together)

    expected, measured = moved(policy, step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sft, "pack", lambda lengths, room: cut)
        found, said = moved(policy, step)
    assert expected.abs().max() > 1e-4
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
    assert said == pytest.approx(measured, rel=1e-3, abs=1e-5)
