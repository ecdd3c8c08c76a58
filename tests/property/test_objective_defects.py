"""Defects of public trainers, seeded into grpo/objective.py one at a time: a law of the twin's tests sees each."""

import itertools
import math
import random
import types
from pathlib import Path

import pytest

import grpo.objective
from tests.property import test_objective_twin as laws

SOURCE = Path(grpo.objective.__file__).read_text(encoding="utf-8")
NAMES = ["group_advantages", "grpo_loss", "kl_estimate", "kl_rewards", "token_weights"]
GROUPS = [[[1.0, 0.0, 0.0, 0.0]], [[0.1, 0.1, 0.1, 0.1], [2.0, 0.5, math.nan, 0.0]], [[math.nan, 1.0, 1.0, 1.0]]]
GROUPS.append([[value] * 7 for value in (0.1, 0.3, 1 / 3, 12345.678)])  # their mean is not the value


def sample_options():
    """Options of the objective, three hundred of all combinations, the same each time."""
    keys = "loss", "ratio", "surrogate", "clip", "dual_clip", "kl", "correction"
    values = (
        laws.LOSSES, laws.RATIOS, laws.SURROGATES, laws.CLIPS, [0.0, 3.0], [None, *laws.KLS], laws.CORRECTIONS
    )  # fmt: skip
    combinations = [dict(zip(keys, chosen, strict=True)) for chosen in itertools.product(*values)]
    return random.Random(0).sample(combinations, 300)


def law(test, **fixed):
    """The test's body, without Hypothesis around it."""

    def check():
        for seed, chosen in enumerate(sample_options()):
            test.hypothesis.inner_test(seed=seed, chosen=chosen, **fixed)

    return check


def twin():
    for seed, chosen in enumerate(sample_options()):
        laws.check_twin(seed, **chosen)


def advantages():
    for kind, groups in itertools.product(["std", "mean", "leave_one_out"], GROUPS):
        laws.test_advantages_are_the_twins_and_an_undecided_reward_reaches_nobody.hypothesis.inner_test(kind, groups)


def kl_in_reward():
    for kl, trash in itertools.product(laws.KLS, [0.0, math.nan]):
        laws.test_kl_in_the_reward_is_the_twins_sum_over_the_tokens.hypothesis.inner_test(seed=0, kl=kl, trash=trash)


def enumeration():
    for off_policy in (False, True):
        laws.test_kl_by_enumeration_of_a_small_vocabulary.hypothesis.inner_test(off_policy, seed=0)


garbage = law(laws.test_garbage_behind_the_mask_changes_not_a_bit, trash=[math.nan, -1e300, math.inf, math.nan])
split = law(laws.test_the_gradient_does_not_depend_on_how_a_batch_is_split, cut=2)
padding = law(laws.test_padding_changes_no_gradient_and_gets_none, left=0, right=3)
first_step = law(laws.test_the_first_step_is_the_policy_gradient_whatever_the_ratio_and_the_clip)
zero = law(laws.test_an_advantage_of_zero_has_exactly_no_gradient_even_where_the_ratio_overflows, far=1e4)


def empty():
    for loss in laws.LOSSES:
        laws.test_a_batch_without_any_token_is_zero_and_not_nan(loss)


LAWS = [twin, advantages, kl_in_reward, enumeration, garbage, split, padding, first_step, zero, empty]

K3 = "kl_BT = gap_BT.exp() - gap_BT - 1  # unbiased and never negative"
LAST = "return -(torch.where(trained_BT, objective_BT, 0.0) * weights_BT).sum(), sums"
DECIDED = "torch.where(decided_PG, known_PG - mean_P1, 0.0)"
COUNT = "count_P1 = decided_PG.sum(1, keepdim=True).clamp(min=1)"
SILENT = "torch.where(silent_P1, 0.0, advantages_PG)"
STD = "(gap_PG.square().sum(1, keepdim=True) / count_P1).sqrt()"
SEQUENCE = "exponent_BT = masked_mean(exponent_BT, trained_BT).expand_as(exponent_BT)"
MINIMUM = "surrogate_BT = torch.minimum(ratio_BT * advantages_B1, clipped_BT * advantages_B1)"
# (what is wrong, where it was, or "ours" for a slip nobody has reported; the law that sees it; before; after)
DEFECTS = [
    ("the mean of each micro-batch", "allenai/open-instruct#1161, huggingface/trl#3231", split,
     LAST, LAST.replace("weights_BT).sum()", "weights_BT / weights_BT.sum().clamp(min=1e-9)).sum()")),
    ("a mean over all tokens where the paper has one for each rollout", "huggingface/trl#3187", twin,
     "return mask_BT / lengths_B1.clamp(min=1) / rollouts", "return mask_BT / lengths_B1.sum().clamp(min=1)"),
    ("a mean over the padded length", "ours", padding,
     "return mask_BT / lengths_B1.clamp(min=1) / rollouts", "return mask_BT / mask_BT.shape[1] / rollouts"),
    ("a fixed length without the number of rollouts", "huggingface/trl#3138", twin,
     "(rollouts * max_new_tokens)", "max_new_tokens"),
    ("the longest of the batch for the fixed length", "ours", padding,
     "(rollouts * max_new_tokens)", "(rollouts * mask_BT.shape[1])"),
    ("masked rollouts in the denominator", "FIELD.md, law 12", twin,
     "(lengths_B1 > 0).sum().clamp(min=1)", "len(mask_BT)"),
    ("a batch with nothing to train on divides by 0", "ours", empty,
     "mask_BT / lengths_B1.sum().clamp(min=1)", "mask_BT / lengths_B1.sum()"),
    ("the mask is a product", "TRL 1.16, FIELD.md, law 1; MakazhanAlpamys/Soup#342", garbage,
     "logps_BT = torch.where(trained_BT, logps_BT, 0.0)\n    old", "logps_BT = logps_BT * trained_BT\n    old"),
    ("the reference's mask is left out", "huggingface/trl#6654", garbage,
     "torch.where(trained_BT, ref_logps_BT, 0.0), log_ratio_BT", "ref_logps_BT, log_ratio_BT"),
    ("the sampler's mask is left out", "ours", garbage,
     "torch.where(mask_BT, old_logps_BT - sampler_logps_BT, 0.0)", "(old_logps_BT - sampler_logps_BT)"),
    ("the last token, the EOS, is masked", "huggingface/trl#4970, NVIDIA-NeMo/Megatron-Bridge#4660", twin,
     "trained_BT = weights_BT > 0",
     "trained_BT = (weights_BT > 0) & (weights_BT.cumsum(1) < weights_BT.sum(1)[:, None])"),
    ("the sequence's ratio is a product and no geometric mean", "ours", twin,
     SEQUENCE, "exponent_BT = torch.where(trained_BT, exponent_BT, 0.0).sum(1, keepdim=True).expand_as(exponent_BT)"),
    ("the sequence's ratio is a mean over the padded length", "MakazhanAlpamys/Soup#723", padding,
     SEQUENCE, "exponent_BT = exponent_BT.mean(1, keepdim=True).expand_as(exponent_BT)"),
    ("the ratio has no gradient", "ours", first_step,
     "log_ratio_BT = logps_BT - old_logps_BT", "log_ratio_BT = (logps_BT - old_logps_BT).detach()"),
    ("the ratio is upside down", "ours", twin,
     "log_ratio_BT = logps_BT - old_logps_BT", "log_ratio_BT = old_logps_BT - logps_BT"),
    ("the old policy is the new one, so nothing is ever clipped", "ours", twin,
     "log_ratio_BT = logps_BT - old_logps_BT", "log_ratio_BT = logps_BT - logps_BT.detach()"),
    ("the maximum of the two for a negative advantage", "openai/spinningup#255, of its text", twin,
     MINIMUM, MINIMUM.replace("minimum", "maximum")),
    ("the ratio is clipped whatever the advantage", "ours", twin,
     MINIMUM, "surrogate_BT = clipped_BT * advantages_B1"),
    ("the two clips are swapped", "ours", twin, "ratio_BT = log_ratio_BT.exp()\n    clipped_BT = ratio_BT.clamp("
     "1 - clip_low, 1 + clip_high)", "ratio_BT = log_ratio_BT.exp()\n    clipped_BT = ratio_BT.clamp("
     "1 - clip_high, 1 + clip_low)"),
    ("the dual clip of positive advantages too", "thu-ml/tianshou#433", twin,
     "below_BT = (advantages_B1 < 0) & (", "below_BT = ("),
    ("a dual clip below 1", "opendilab/PPOxFamily#95", twin,
     "floor_BT = (dual_clip * advantages_B1)", "floor_BT = (advantages_B1 / dual_clip)"),
    ("CISPO's weight has a gradient", "ours", twin,
     "ratio_BT = log_ratio_BT.exp().detach()", "ratio_BT = log_ratio_BT.exp()"),
    ("CISPO drops the clipped tokens as PPO does", "ours", twin,
     "return clipped_BT * advantages_B1 * logps_BT,", "return clipped_BT * (clipped_BT == ratio_BT) * advantages_B1 * "
     "logps_BT,"),
    ("the KL has the wrong sign", "qiancheng0/ToolRL#52", twin, "- kl_coef * kl_BT", "+ kl_coef * kl_BT"),
    ("the KL is that of the other direction", "walkinglabs/hands-on-modern-rl#27", enumeration,
     "gap_BT = ref_logps_BT - logps_BT", "gap_BT = logps_BT - ref_logps_BT"),
    ("the KL is a mean square", "one-covenant/grail#42", enumeration, "gap_BT.square() / 2", "gap_BT.square()"),
    ("k3 in place of what was asked for, off policy without the ratio", "NVIDIA-NeMo/RL#2506", enumeration,
     'return log_ratio_BT.exp() * kl_BT if kl == "k3_ratio" else kl_BT', "return kl_BT"),
    ("the KL's ratio has no gradient", "NVIDIA-NeMo/RL#2506", enumeration,
     "log_ratio_BT.exp() * kl_BT if", "log_ratio_BT.exp().detach() * kl_BT if"),
    ("the KL has no gradient", "ours", enumeration, K3, K3.replace("- 1 ", "- 1; kl_BT = kl_BT.detach() ")),
    ("k3 without its 1", "ours", enumeration, K3, "kl_BT = gap_BT.exp() - gap_BT"),
    ("the KL in the reward is worked out and left out", "THUDM/slime#399", kl_in_reward,
     "return rewards_B - kl_coef * kl_estimate", "return rewards_B - 0 * kl_estimate"),
    ("the KL in the reward counts the padding", "ours", kl_in_reward,
     "old_logps_BT = torch.where(mask_BT, old_logps_BT, 0.0)\n    ref", "ref"),
    ("the correction is left out", "linkedin/Liger-Kernel#1088", twin,
     "surrogate_BT = surrogate_BT * sampler_correction(", "sampler_correction("),
    ("the correction is upside down", "ours", twin,
     "old_logps_BT - sampler_logps_BT, 0.0", "sampler_logps_BT - old_logps_BT, 0.0"),
    ("what the correction masks is trained all the same", "huggingface/trl#6095", twin,
     '0.0 if correction.endswith("mask") else cap', '1.0 if correction.endswith("mask") else cap'),
    ("the correction is not cut off", "ours", twin, "ratio_BT > cap", "ratio_BT > math.inf"),
    ("an undecided reward poisons its group", "huggingface/trl#5773, modelscope/ms-swift#8123", advantages,
     "rewards_PG.double().nan_to_num(0.0)", "rewards_PG.double()"),
    ("an undecided reward is a 0", "huggingface/trl#5126", advantages,
     "decided_PG = ~rewards_PG.isnan()", "decided_PG = rewards_PG == rewards_PG.nan_to_num(0.0)\n    "
     "decided_PG = torch.ones_like(decided_PG)"),
    ("an undecided reward counts in the mean's denominator", "huggingface/trl#5775", advantages,
     COUNT, "count_P1 = torch.full_like(decided_PG[:, :1], rewards_PG.shape[1], dtype=torch.long)"),
    ("an undecided rollout gets an advantage", "huggingface/trl#5775", advantages, DECIDED, "known_PG - mean_P1"),
    ("the mean and std of all groups together", "XU-YIJIE/grpo-flat#2", advantages,
     "mean_P1 = known_PG.sum(1, keepdim=True) / count_P1", "mean_P1 = known_PG.sum() / count_P1.sum()"),
    ("the divisor G - 1", "FIELD.md, law 7; TRL's std", advantages, STD, STD.replace("count_P1", "(count_P1 - 1)")),
    ("a little is added to the std", "TRL's 1e-4", advantages, "std_P1.clamp(min=1e-300)", "(std_P1 + 1e-4)"),
    ("a silent group has a std of rounding errors", "NVIDIA-NeMo/RL#4161", advantages, SILENT, "advantages_PG"),
    ("the others' mean without G / (G - 1)", "ours", advantages,
     "advantages_PG = gap_PG * count_P1 / (count_P1 - 1).clamp(min=1)", "advantages_PG = gap_PG"),
    ("an advantage of 0 times an overflow", "MakazhanAlpamys/Soup#342", zero,
     "torch.where(advantages_B1 != 0, log_ratio_BT, 0.0)", "log_ratio_BT"),
]  # fmt: skip


def seed_defect(monkeypatch, before, after):
    """The laws hold the objective with `after` in place of `before`."""
    assert SOURCE.count(before) == 1, f"{before!r} stands {SOURCE.count(before)} times in objective.py: update the row"
    spoiled = types.ModuleType("spoiled")
    spoiled.math = math
    exec(compile(SOURCE.replace(before, after), "spoiled", "exec"), spoiled.__dict__)
    for name in NAMES:
        monkeypatch.setattr(laws, name, getattr(spoiled, name))


@pytest.mark.parametrize("check", LAWS, ids=[f"law{i}" for i in range(len(LAWS))])
def test_the_objective_as_it_is_passes(check):
    check()


@pytest.mark.parametrize(
    ("where", "check", "before", "after"), [row[1:] for row in DEFECTS], ids=[r[0] for r in DEFECTS]
)
def test_a_seeded_defect_is_seen(where, check, before, after, monkeypatch):
    seed_defect(monkeypatch, before, after)
    with pytest.raises((AssertionError, RuntimeError)):
        check()
