"""Defects around the objective, seeded into the update one at a time: a law of the update's tests sees each."""

import inspect
import itertools
import textwrap

import pytest

from grpo import engine, generate, packed, passes, policy, train
from tests.property import test_update_laws as laws

SEEDS = range(3)


def law(test, **options):
    """The test's body on a few seeds and each combination of the options."""

    def check():
        for seed, values in itertools.product(SEEDS, itertools.product(*options.values())):
            test.hypothesis.inner_test(seed=seed, **dict(zip(options, values, strict=True)))

    return check


def padded(check):
    """The same of a model that is not packed."""

    def run():
        with pytest.MonkeyPatch.context() as patch:
            for holder in (policy, train):
                patch.setattr(holder, "packs", lambda model: False)
            check()

    return run


NAMES = list(laws.SETTINGS)
equation = law(laws.test_an_update_is_the_equations_gradient_of_the_plain_forward_pass, name=NAMES, budget=[20])
together = law(laws.test_an_update_is_the_equations_gradient_of_the_plain_forward_pass, name=["dapo"], budget=[10_000])
silent = law(
    laws.test_silent_groups_have_exactly_no_gradient_without_a_kl_term_and_are_counted, name=["dapo"], score=[0.1, None]
)
undecided = law(laws.test_what_an_undecided_rollout_says_changes_nothing, name=["r1_zero", "dapo"])
padding = law(laws.test_what_stands_in_the_padding_changes_nothing, name=["r1_zero"], fill=[[3, 1, 4, 1, 5, 9, 2, 6]])
tokens = law(
    laws.test_the_loss_has_a_gradient_at_every_generated_token_the_eos_too_and_nowhere_else,
    name=["r1_zero"], budget=[20],
)  # fmt: skip
first_step = law(laws.test_in_the_first_step_the_ratio_is_exactly_one_and_the_kl_zero, name=["dapo"], budget=[20])
sampling = law(
    laws.test_rollouts_have_the_log_probs_of_the_weights_after_the_last_step_and_end_with_eos_or_are_cut_off,
    temperature=[0.7, 1.6], rows=[64],
)  # fmt: skip
padded_equation, padded_padding = padded(equation), padded(padding)
LAWS = [equation, silent, undecided, padding, tokens, first_step, sampling, padded_equation, padded_padding, together]

LENGTHS = "torch.tensor([len(rollout.ids) for rollout in rollouts])"
GIVEN = "masked_scatter(mask_BT, logps_N)"
PROMPTS = "ids_PS, prompt_mask_PS = pad(prompts, left=True, device=policy.device)"
POSITIONS = "(seen_BK.cumsum(1) - 1).clamp(min=0)[:, -ids_BT.shape[1] :]"
SCORED = "logps_BT = completion_logps(policy, *ids, temperature=rl.temperature)"
REFERENCE = "ref_logps_BT = completion_logps(reference, *ids, temperature=rl.temperature)"
WEIGHTS = "weights_BT = token_weights(mask_BT, rl.loss"
UNDECIDED = "torch.nan if r.value is None else r.value"
OLD = "pad_sequence(list(old), batch_first=True) if old else sampler_BT"
IDS = "[rollouts[b].ids for b in part]"
LOGPS = "logps_R = logps_RV.gather"
FINISHED = "seat.rollout(policy.eos_ids)"
# (what is wrong, where it was, or "ours" for a slip nobody has reported; the laws that see it; where it is seeded;
# before; after)
DEFECTS = [
    ("the EOS is masked", "ours", [equation, tokens], train.update,
     LENGTHS, "torch.tensor([len(rollout.ids) - (not rollout.truncated) for rollout in rollouts])"),
    ("a truncated completion has an EOS all the same", "OpenRLHF/OpenRLHF#238", [equation], train.update,
     LENGTHS, "torch.tensor([len(rollout.ids) + rollout.truncated for rollout in rollouts])"),
    ("pad = EOS masks the EOS", "huggingface/trl#6357", [equation], policy.completion_logps,
     GIVEN, f"{GIVEN} * (ids_BT != 0)"),
    ("pad = EOS masks the EOS in a prompt", "huggingface/trl#6357", [padded_equation], policy.padded_hidden,
     PROMPTS, f"{PROMPTS}; prompt_mask_PS = ids_PS != 0; prompt_mask_PS[:, -1] = True"),
    ("positions count the left padding", "OpenRLHF/OpenRLHF#217, CarperAI/trlx#509", [padded_equation], policy.forward,
     POSITIONS, "torch.arange(seen_BK.shape[1]).expand_as(seen_BK)[:, -ids_BT.shape[1] :]"),
    ("the left padding is attended to", "NVIDIA/NeMo-Aligner#68", [padded_equation, padded_padding], policy.forward,
     "None if seen_BK.all() else seen_BK.long()", "None"),
    ("prompts are padded on the right", "hiyouga/LlamaFactory#2382", [padded_equation], policy.padded_hidden,
     PROMPTS, PROMPTS.replace("left=True", "left=False")),
    ("log-probs are one token late", "PrimeIntellect-ai/prime-rl#1525, in review", [equation], policy.completion_logps,
     "ids_BT[mask_BT]", "ids_BT.roll(1, 1)[mask_BT]"),
    ("a packed completion's positions begin at 0", "ours", [equation], packed.places_of,
     "range(len(prompts[row]), len(prompts[row]) + len(own))", "range(len(own))"),
    ("a packed completion's first token is told from the first prompt", "ours", [equation], packed.places_of,
     "[last[row]]", "[last[0]]"),
    ("a packed completion sees what is behind its prompt's end", "ours", [equation], packed.masks_of,
     "at_S < prompt_B1", "at_S < prompt_B1 + 9"),
    ("a packed token sees the next one", "ours", [equation], packed.masks_of, "(past >= 0)", "(past >= -1)"),
    ("a packed completion sees another's prompt", "ours", [together], packed.places_of,
     "[rows[b] for b in block]", "[rows[b] for b in block][::-1]"),
    ("the prompt's last token is in the loss", "ours", [equation, tokens], passes.passes_of,
     IDS, "[[*groups[prompt_B[b]].prompt_ids[-1:], *rollouts[b].ids[:-1]] for b in part]"),
    ("the temperature is left out in scoring", "unslothai/unsloth-zoo#832, in review", [equation], train.update,
     SCORED, "logps_BT = completion_logps(policy, *ids)"),
    ("the temperature is left out of the reference", "unslothai/unsloth-zoo#832, in review", [equation], train.update,
     REFERENCE, "ref_logps_BT = completion_logps(reference, *ids)"),
    ("the temperature is left out of the old policy's log-probs", "ours", [first_step], train.score_rollouts,
     "temperature=rl.temperature", "temperature=0.9 * rl.temperature"),
    ("the sampler's log-probs are from before the temperature", "allenai/open-instruct#1678",
     [sampling], generate.throw,
     LOGPS, "logps_R = (logps_RV * temperature).log_softmax(-1).gather"),
    ("the sampler leaves the EOS out", "rasbt/reasoning-from-scratch#185", [sampling], generate.refilled,
     FINISHED, "Rollout(seat.ids[:-1] or [1], seat.logps[: max(1, len(seat.ids) - 1)], 0.0, truncated=False)"),
    ("the sampler has the weights from before the step", "huggingface/trl#5312",
     [sampling], engine.TransformersEngine.sample,
     "self.policy,", "laws.make_policy(),"),
    ("the gradient is divided by the number of passes too", "modelscope/ms-swift#10117", [equation], train.update,
     "loss.backward()", "(loss / len(own_passes(groups, rows, 20, padded=False))).backward()"),
    ("each pass has its own denominator", "ours", [equation], train.update,
     "weights_BT[part, :length].to", "token_weights(mask_BT[part, :length], rl.loss, max_new_tokens=6).to"),
    ("the gradient is clipped after each pass", "ours", [equation], train.update,
     "loss.backward()", "loss.backward(); clip_gradients(policy)"),
    ("only the last pass counts", "ours", [equation], train.update,
     "loss.backward()", "optimizer.zero_grad(); loss.backward()"),
    ("the learning rate grows with the passes", "ours", [equation], train.update,
     "loss.backward()", "loss.backward(); optimizer.step(); optimizer.zero_grad()"),
    ("the gradient is not clipped", "ours", [equation], train.update,
     'sums["grad_norm"] = clip_gradients(policy, list(dict.fromkeys(bad)))', 'sums["grad_norm"] = 1.0'),
    ("silent groups are not in the denominator", "ours", [equation], train.update,
     WEIGHTS, WEIGHTS.replace("mask_BT", "mask_BT & (advantages_B != 0)[:, None]")),
    ("silent groups are left out where there is a KL term", "ours", [equation], train.update,
     "torch.tensor(bool(reference)) |", ""),
    ("silent groups are not counted", "ours", [equation, silent], train.update,
     "(advantages_PG == 0).all(1)", "(advantages_PG != 0).all(1)"),
    ("a group of undecided rewards counts as 0s and 1s", "ours", [equation, undecided], train.update,
     "decided_B = ~rewards_PG.flatten().isnan()", "decided_B = torch.ones(rewards_PG.numel(), dtype=torch.bool)"),
    ("an undecided reward is a 0", "ours", [equation, undecided], train.update,
     UNDECIDED, UNDECIDED.replace("torch.nan", "0.0")),
    ("a truncated completion is out of its group's mean too", "ours", [equation], train.update,
     "group_advantages(rewards_PG,", "group_advantages(rewards_PG if not rl.mask_truncated else torch.where("
     "torch.tensor([r.truncated for r in rollouts]).view_as(rewards_PG), torch.nan, rewards_PG),"),
    ("truncated completions are in the denominator", "ours", [equation], train.update,
     WEIGHTS, WEIGHTS.replace("mask_BT", "(torch.arange(mask_BT.shape[1]) < lengths_B[:, None]) & decided_B[:, None]")),
    ("the reference is the policy", "ours",
     [equation], train.update, REFERENCE, REFERENCE.replace("reference,", "policy,")),
    ("the reference is the policy, with a gradient", "ours", [equation], train.update,
     "with torch.no_grad():\n                " + REFERENCE, REFERENCE.replace("reference,", "policy,")),
    ("the old policy's log-probs are not used", "ours", [equation], train.update, OLD, "sampler_BT"),
    ("the old policy is the new one", "ours", [equation], train.update,
     "old_BT[part, :length].to(policy.device)", "logps_BT.detach()"),
    ("the penalty of the reward is added", "ours", [equation], train.update,
     "kl_coef=rl.kl_coef, kl=rl.kl)\n", "kl_coef=-rl.kl_coef, kl=rl.kl)\n"),
    ("rollouts are mixed up among the passes", "ours", [equation], passes.passes_of,
     IDS, "[rollouts[b].ids for b in part[::-1]]"),
]  # fmt: skip


def seed_defect(monkeypatch, function, before, after):
    """The trainer holds the function with `after` in place of `before`, wherever it has it."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(before) == 1, f"{before!r} stands {source.count(before)} times in {function}: update the row"
    names, made = dict(inspect.unwrap(function).__globals__), {}
    names["laws"] = laws
    exec(compile(source.replace(before, after), "spoiled", "exec"), names, made)
    for holder in (engine, engine.TransformersEngine, generate, packed, passes, policy, train):
        if getattr(holder, function.__name__, None) is function:
            monkeypatch.setattr(holder, function.__name__, made[function.__name__])


@pytest.mark.parametrize("check", LAWS, ids=[f"law{i}" for i in range(len(LAWS))])
def test_the_update_as_it_is_passes(check):
    check()


@pytest.mark.parametrize(
    ("check", "function", "before", "after"),
    [(check, *row[3:]) for row in DEFECTS for check in row[2]],
    ids=[f"{row[0]}, law{LAWS.index(check)}" for row in DEFECTS for check in row[2]],
)
def test_a_seeded_defect_is_seen(check, function, before, after, monkeypatch):
    seed_defect(monkeypatch, function, before, after)
    with pytest.raises(AssertionError):
        check()
