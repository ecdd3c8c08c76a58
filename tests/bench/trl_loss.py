"""Is our loss, with its gradient, the one of TRL's own GRPOTrainer on random tensors? Run it with TRL's Python:

    trl-env/bin/python tests/bench/trl_loss.py

`trainer.py` says how to make that environment. TRL's `_compute_loss` is driven with plain tensors, in float64. Left out
is what TRL has otherwise: its KL times the ratio takes the sequence's ratio where the surrogate does, ours the token's.
"""

import importlib.util
import itertools
from collections import defaultdict
from pathlib import Path
from unittest.mock import MagicMock

import torch
from trl import GRPOTrainer

LOSSES = {
    "grpo": "sequence_mean", "bnpo": "token_mean", "dapo": "token_mean", "dr_grpo": "fixed_length",
    "cispo": "token_mean",
}  # fmt: skip
CLIPS = [(0.2, 0.2), (0.2, 0.28), (3e-4, 4e-4)]
CORRECTIONS = ["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]
MAX_NEW_TOKENS = 9
CLOSE = 1e-8


def load_objective():
    """grpo/objective.py alone: TRL's environment need not have what the package imports."""
    path = Path(__file__).resolve().parents[2] / "grpo" / "objective.py"
    spec = importlib.util.spec_from_file_location("objective", path)
    objective = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(objective)
    return objective


def stand_in(logps_BT, kind, level, clip, dual_clip, kl, correction):
    """What `_compute_loss` reads of its trainer."""
    trainer = MagicMock()
    trainer._get_per_token_logps_and_entropies.return_value = (logps_BT, torch.zeros_like(logps_BT), None)
    trainer._metrics = {"train": defaultdict(list)}
    trainer.accelerator.gather.side_effect = lambda x: x
    trainer.accelerator.num_processes = 1
    trainer.top_entropy_quantile, trainer.off_policy_mask_threshold = 1.0, None
    trainer.aux_loss_enabled = trainer._entropy_bonus_enabled = False
    trainer.current_gradient_accumulation_steps = trainer.args.steps_per_generation = 1
    trainer.loss_type, trainer.importance_sampling_level = kind, level
    trainer.epsilon_low, trainer.epsilon_high = (0.0, 1 + clip[1]) if kind == "cispo" else clip
    trainer.args.delta, trainer.max_completion_length = dual_clip or None, MAX_NEW_TOKENS
    trainer.beta, trainer.args.use_bias_correction_kl = 0.3 if kl else 0.0, kl == "k3_ratio"
    trainer.use_vllm, trainer.vllm_importance_sampling_correction = correction != "none", True
    trainer.model.training = True
    return trainer


def difference(ours, seed, kind, level, clip, dual_clip, kl, correction):
    """The largest, of the loss and of its gradient."""
    random = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    old_BT = -normal(4, 6).abs() - 0.1
    logps_BT = (old_BT + 0.7 * normal(4, 6)).requires_grad_()
    ref_BT, sampler_BT, advantages_B = old_BT + normal(4, 6), old_BT + 0.5 * normal(4, 6), normal(4)
    mask_BT = torch.arange(6) < torch.randint(1, 7, (4, 1), generator=random)
    inputs = {key: mask_BT.long() for key in ("prompt_ids", "prompt_mask", "completion_ids", "completion_mask")}
    inputs |= {"advantages": advantages_B, "old_per_token_logps": old_BT, "ref_per_token_logps": ref_BT}
    inputs |= {"sampling_per_token_logps": sampler_BT, "num_items_in_batch": mask_BT.sum()}
    if correction != "none":
        inputs["importance_sampling_ratio"] = ours.sampler_correction(old_BT, sampler_BT, mask_BT, correction, 1.5)
    theirs = GRPOTrainer._compute_loss(
        stand_in(logps_BT, kind, level, clip, dual_clip, kl, correction), None, inputs
    )  # fmt: skip
    weights_BT = ours.token_weights(mask_BT, LOSSES[kind], max_new_tokens=MAX_NEW_TOKENS, dtype=torch.float64)
    mine, _ = ours.grpo_loss(
        logps_BT, old_BT, ref_BT if kl else None, advantages_B, weights_BT,
        clip_low=1.0 if kind == "cispo" else clip[0], clip_high=clip[1], kl_coef=0.3, kl=kl or "k3", ratio=level,
        surrogate="cispo" if kind == "cispo" else "clip", dual_clip=dual_clip, sampler_logps_BT=sampler_BT,
        correction=correction, correction_cap=1.5,
    )  # fmt: skip
    gradients = [torch.autograd.grad(value, logps_BT)[0] for value in (theirs, mine)]
    return max((theirs - mine).abs().item(), (gradients[0] - gradients[1]).abs().max().item())


def main() -> None:
    ours = load_objective()
    options = itertools.product(
        LOSSES, ["token", "sequence"], CLIPS, [0.0, 3.0], [None, "k3", "k3_ratio"], CORRECTIONS
    )  # fmt: skip
    cases = [case for case in options if (case[1], case[4]) != ("sequence", "k3_ratio")]
    found = {case: difference(ours, seed, *case) for seed, case in enumerate(cases)}
    worst = max(found, key=found.get)
    print(f"{len(found)} cases; the largest difference is {found[worst]:.1e}, of {worst}")
    if not found[worst] <= CLOSE:
        raise SystemExit("the losses differ")


if __name__ == "__main__":
    main()
