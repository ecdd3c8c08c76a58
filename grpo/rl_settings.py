"""The numbers of reinforcement learning, with the paper's as defaults."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict, with_config


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Rl:
    """Group relative policy optimisation with rewards from `verifiers`."""

    model: str = ""
    """Start from this model; empty takes the one that the pipeline gives this stage."""
    tasks: str = ""
    """JSONL of tasks to train on; `made:FILE` is one that `make` wrote."""
    held_out: str = ""
    """JSONL of tasks to measure on; none of them may be trained on."""
    reward: dict[str, float] = field(default_factory=lambda: {"math": 1.0, "format": 1.0})
    """Verifier names with their weights; the first is reported as accuracy."""
    general: str = ""
    """JSONL of prompts without a ground truth, which a reward model judges: mixed in at the end, as in R1."""
    general_held_out: str = ""
    """JSONL of such prompts to measure on; none of them may be trained on."""
    general_steps: int = 400
    """The last steps, in which general prompts take part (the paper's 400 of 1,700); more invite reward hacking."""
    general_share: float = 0.5
    """Share of general prompts among the tasks of a step that they take part in."""
    stop_below: float = 0.1
    """Once general prompts take part, the stage ends if held-out accuracy falls by more than this, and keeps the model
    from before."""
    algorithm: Literal["r1_zero", "dapo", "dr_grpo", "gspo", "cispo"] = "r1_zero"
    """Preset of the values from here to `reference_every` that are left unset: the paper's equation, or another's."""
    loss: Literal["sequence_mean", "token_mean", "fixed_length"] | None = None
    """Mean over tokens, then over rollouts (the paper); over all tokens alike (DAPO); or the sum over tokens by
    rollouts × max_new_tokens (Dr. GRPO)."""
    advantage: Literal["std", "mean", "leave_one_out"] | None = None
    """Reward less the group's mean, by its std (the paper); less the mean alone; or less the mean of the others."""
    ratio: Literal["token", "sequence"] | None = None
    """The probability ratio of each token (the paper); or the geometric mean over the completion (GSPO)."""
    surrogate: Literal["clip", "cispo"] | None = None
    """The ratio is clipped, and a clipped token has no gradient (the paper); or it is a clipped weight of the token's
    log-prob, and every token has one (CISPO)."""
    clip_low: float | None = None
    """The ratio is clipped below at 1 - clip_low."""
    clip_high: float | None = None
    """The ratio is clipped above at 1 + clip_high."""
    kl_coef: float | None = None
    """Weight of the KL term (β); 0 loads no reference model."""
    reference_every: int | None = None
    """Steps after which the reference becomes a copy of the policy; 0 is never."""
    dual_clip: float = 0.0
    """With an advantage below 0 the surrogate is never less than this times the advantage; more than 1, or 0: off."""
    kl: Literal["k1", "k2", "k3", "k3_ratio"] = "k3"
    """Estimator of the KL: k3 is the paper's, k3_ratio unbiased in its gradient. k1 is for the reward: as a loss it has
    no gradient in the mean."""
    kl_in: Literal["loss", "reward"] = "loss"
    """Whether the KL is a term of the loss (the paper), or taken off each rollout's reward before the advantages."""
    mask_truncated: bool = False
    """Leave completions that were cut off out of the loss, not of their group's mean (DAPO's overlong filtering)."""
    correction: Literal["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"] = "none"
    """Weight each token by the trainer's probability over the sampler's, of itself or of the whole completion; where
    that is more than correction_cap, truncate it to the cap, or mask the token or completion. One more forward pass."""
    correction_cap: float = 2.0
    """The largest weight that `correction` leaves as it is."""
    reward_timeout_s: float = 300.0
    """Seconds that scoring a completion may take; then it is undecided. More than a slow program of a code task needs
    within its own limits, less than the hour after which other processes of a run give up waiting."""
    steps: int = 10_400
    """Steps, each of which samples once, and updates the weights `minibatches` times."""
    tasks_per_step: int = 32
    """Tasks a step (P)."""
    refill: int = 0
    """Times that a step samples further tasks in place of silent groups, whose rewards are all the same (DAPO's dynamic
    sampling, bounded); 0 keeps them, as in the paper."""
    pass_rate_min: float = 0.0
    """Leave out tasks whose column `pass_rate` (written by data/difficulty.py) is less than this."""
    pass_rate_max: float = 1.0
    """Leave out tasks whose column `pass_rate` is more than this."""
    curriculum: str = ""
    """Column of numbers whose order tasks are taken in, the smallest first, or with a leading "-" the largest; empty
    shuffles them. Either way each comes once an epoch."""
    group_size: int = 16
    """Rollouts for each task (G)."""
    minibatches: int = 1
    """Optimiser steps that one step's rollouts are split into (the paper's rollout of 8,192 makes 16)."""
    max_new_tokens: int = 32_768
    """Tokens after which a completion is cut off."""
    temperature: float = 1.0
    """Sampling temperature; log-probs are taken at it too. No top-p or top-k: they would change what is trained."""
    lr: float = 3e-6
    """Learning rate after the warm-up."""
    final_lr: float = 1.0
    """Share of the learning rate left at the last step, reached along a line; 1 keeps it constant, as in the paper."""
    warmup: int = 0
    """Steps until the full learning rate."""
    sample_rows: int = 512
    """Rollouts sampled at the same time; fewer need less memory for keys and values."""
    forward_tokens: int = 16_384
    """Tokens a forward and backward pass of the update; fewer need less memory and change nothing else."""
    recompute: bool = False
    """Compute activations again in the backward pass: much less memory, more time, the same gradient."""
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    """AdamW with its two means of each weight in float32, or with 8 bits, for a quarter of the memory
    (torchao)."""
    lora_rank: int = 0
    """Train adapters of this rank alone (LoRA, by peft), and hold the KL to the model without them; 0 trains all."""
    lora_alpha: float = 32.0
    """What an adapter adds is scaled by this over its rank."""
    lora_targets: str = "all-linear"
    """The layers that get an adapter, by name, as in `q_proj,v_proj`; or all linear ones but the output head."""
    eval_every: int = 100
    """Steps between measurements on the held-out tasks; 0 measures at the start and the end only."""
    eval_samples: int = 4
    """Completions for each held-out task (k); accuracy is their mean, as the paper's pass@1."""
    checkpoint_every: int = 50
    """Steps between checkpoints; Ctrl-C writes one at any step."""
    keep_last: int = 2
    """Checkpoints that are kept: the second is for when the last one is damaged."""
