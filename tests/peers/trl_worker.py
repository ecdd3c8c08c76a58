"""What TRL's own loss says of random tensors, and what ours does: run by test_trl.py with TRL's Python, prints JSON.

TRL's `GRPOTrainer._compute_loss` is driven with plain float64 tensors. Its correction between sampler and trainer
stands in the middle of a method that samples, so those lines are run by themselves.
"""

import ast
import importlib.util
import inspect
import itertools
import json
import math
import sys
import textwrap
from collections import defaultdict
from pathlib import Path
from unittest.mock import MagicMock

sys.path += sys.argv[1:]  # torch and transformers, after what TRL's environment has itself

import torch
from trl import GRPOTrainer

LOSSES = {
    "grpo": "sequence_mean", "bnpo": "token_mean", "dapo": "token_mean", "dr_grpo": "fixed_length",
    "cispo": "token_mean",
}  # fmt: skip
LEVELS = ["token", "sequence"]
CLIPS = [(0.2, 0.2), (0.2, 0.28), (3e-4, 4e-4)]
KLS = [None, "k3", "k3_ratio"]
CORRECTIONS = ["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]
MASKS = ["all", "lengths", "holes"]
MAX_NEW_TOKENS, KL_COEF, CAP = 9, 0.3, 1.5


def load_objective():
    """grpo/objective.py alone: TRL's environment need not have what the package imports."""
    path = Path(__file__).resolve().parents[2] / "grpo" / "objective.py"
    spec = importlib.util.spec_from_file_location("objective", path)
    objective = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(objective)
    return objective


def source_of(method):
    """The parsed source of one of TRL's methods."""
    return ast.parse(textwrap.dedent(inspect.getsource(method)))


def loss_types():
    """Every loss type that `_compute_loss` compares its own with."""
    found = set()
    for node in ast.walk(source_of(GRPOTrainer._compute_loss)):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "self.loss_type":
            compared = ast.literal_eval(node.comparators[0])
            found |= {compared} if isinstance(compared, str) else set(compared)
    return sorted(found)


def correction_lines():
    """The lines of TRL that make the importance sampling ratio, compiled."""
    for node in ast.walk(source_of(GRPOTrainer._generate_and_score_completions)):
        if isinstance(node, ast.If) and "per_token_logps_diff = " in "\n".join(map(ast.unparse, node.body)):
            found = node  # the innermost comes last
    return compile(ast.Module(found.body, []), "TRL's correction", "exec")


def stand_in(logps_BT, kind, level, clip, dual_clip, kl, correction):
    """What TRL reads of its trainer."""
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
    trainer.beta, trainer.args.use_bias_correction_kl = KL_COEF if kl else 0.0, kl == "k3_ratio"
    trainer.use_vllm, trainer.vllm_importance_sampling_correction = correction != "none", True
    trainer.vllm_importance_sampling_mode = correction
    trainer.vllm_importance_sampling_clip_min, trainer.vllm_importance_sampling_clip_max = None, CAP
    trainer.model.training = True
    return trainer


def make_batch(seed, mask):
    """Log-ratios on both sides of any clip, four rollouts of up to six tokens; `holes` has masked ones in between."""
    random = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    old_BT = -normal(4, 6).abs() - 0.1
    lengths_B1 = torch.randint(1, 7, (4, 1), generator=random)
    completion_mask_BT = torch.arange(6) < lengths_B1.clamp(min=6 if mask == "all" else 1)
    tool_mask_BT = torch.rand(4, 6, generator=random) < (0.6 if mask == "holes" else 1.1)
    tool_mask_BT[:, 0] = True
    return {
        "logps": old_BT + 0.7 * normal(4, 6), "old": old_BT, "ref": old_BT + normal(4, 6),
        "sampler": old_BT + 0.5 * normal(4, 6), "advantages": normal(4), "completion_mask": completion_mask_BT,
        "tool_mask": tool_mask_BT,
    }  # fmt: skip


def theirs(batch, logps_BT, correct, *, kind, level, clip, dual_clip=0.0, kl=None, correction="none"):
    """TRL's loss."""
    trainer = stand_in(logps_BT, kind, level, clip, dual_clip, kl, correction)
    masks = {"completion_mask": batch["completion_mask"].long(), "tool_mask": batch["tool_mask"].long()}
    inputs = {key: torch.zeros(4, 6, dtype=torch.long) for key in ("prompt_ids", "prompt_mask", "completion_ids")}
    inputs |= {"advantages": batch["advantages"], "old_per_token_logps": batch["old"], **masks}
    inputs |= {"ref_per_token_logps": batch["ref"], "sampling_per_token_logps": batch["sampler"]}
    inputs["num_items_in_batch"] = (masks["completion_mask"] * masks["tool_mask"]).sum()
    if correction != "none":
        names = {"self": trainer, "torch": torch, "math": math, **masks}
        names |= {"old_per_token_logps": batch["old"], "sampling_per_token_logps": batch["sampler"]}
        exec(correct, names)
        inputs["importance_sampling_ratio"] = names["vllm_importance_sampling_ratio"]
    return GRPOTrainer._compute_loss(trainer, None, inputs)


def ours(objective, batch, logps_BT, *, kind, level, clip, dual_clip=0.0, kl=None, correction="none"):
    """Our loss, with the options that TRL's have here."""
    mask_BT = batch["completion_mask"] & batch["tool_mask"]
    weights_BT = objective.token_weights(
        mask_BT, LOSSES[kind], max_new_tokens=MAX_NEW_TOKENS, dtype=torch.float64
    )  # fmt: skip
    loss, _ = objective.grpo_loss(
        logps_BT, batch["old"], batch["ref"] if kl else None, batch["advantages"], weights_BT,
        clip_low=1.0 if kind == "cispo" else clip[0], clip_high=clip[1], kl_coef=KL_COEF, kl=kl or "k3", ratio=level,
        surrogate="cispo" if kind == "cispo" else "clip", dual_clip=dual_clip, sampler_logps_BT=batch["sampler"],
        correction=correction, correction_cap=CAP,
    )  # fmt: skip
    return loss


def compare(objective, correct, batch, **options):
    """[their loss, ours, the largest difference of the two gradients]."""
    logps_BT = batch["logps"].clone().requires_grad_()
    losses = theirs(batch, logps_BT, correct, **options), ours(objective, batch, logps_BT, **options)
    gradients = [torch.autograd.grad(loss, logps_BT)[0] for loss in losses]
    return [*(loss.item() for loss in losses), (gradients[0] - gradients[1]).abs().max().item()]


def main():
    objective, correct = load_objective(), correction_lines()
    names = "kind", "level", "clip", "dual_clip", "kl", "correction", "mask"
    cases = []
    for seed, case in enumerate(itertools.product(LOSSES, LEVELS, CLIPS, [0.0, 3.0], KLS, CORRECTIONS, MASKS)):
        options = dict(zip(names, case, strict=True))
        # Theirs takes the ratio of the sequence for the KL too, ours the token's; CISPO has no dual clip.
        if (options["level"], options["kl"]) == ("sequence", "k3_ratio"):
            continue
        if options["kind"] == "cispo" and options["dual_clip"]:
            continue
        batch = make_batch(seed, options.pop("mask"))
        cases.append([*case, *compare(objective, correct, batch, **options)])
    plain = {"level": "token", "clip": (0.2, 0.2), "kl": "k3"}
    masked, overflow = make_batch(0, "all"), make_batch(0, "lengths")
    masked["completion_mask"][1] = False
    overflow["advantages"] = -overflow["advantages"].abs()
    overflow["logps"] = torch.where(overflow["completion_mask"], overflow["logps"], 1e4)
    print(json.dumps({
        "cases": cases, "loss_types": loss_types(), "ours": list(LOSSES),
        "a masked rollout": {kind: compare(objective, correct, masked, kind=kind, **plain)[:2] for kind in LOSSES},
        "an overflow behind the mask": compare(objective, correct, overflow, kind="dapo", **plain)[:2],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
