"""Each algorithm as values of the settings: the paper's, and those of GRPO's relatives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .rl_settings import Rl

# DeepSeek-R1, section 2.2.1, and the Nature version: clip 10, KL to a reference renewed every 400 steps.
PAPER: Mapping[str, Any] = {
    "loss": "sequence_mean", "advantage": "std", "ratio": "token", "surrogate": "clip", "clip_low": 10.0,
    "clip_high": 10.0, "kl_coef": 0.001, "reference_every": 400,
}  # fmt: skip
NO_KL: Mapping[str, Any] = {**PAPER, "kl_coef": 0.0, "reference_every": 0}
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "r1_zero": PAPER,
    # DAPO (arXiv 2503.14476), sections 3 and 4.1: every token weighs the same, the upper clip is higher, no KL.
    "dapo": {**NO_KL, "loss": "token_mean", "clip_low": 0.2, "clip_high": 0.28},
    # Dr. GRPO (arXiv 2503.20783), section 3: nothing divides by a length or a std. The clip is PPO's.
    "dr_grpo": {**NO_KL, "loss": "fixed_length", "advantage": "mean", "clip_low": 0.2, "clip_high": 0.2},
    # GSPO (arXiv 2507.18071v2), section 5.1: the ratio of a whole completion, hence the narrow clip. No KL is written.
    "gspo": {**NO_KL, "ratio": "sequence", "clip_low": 3e-4, "clip_high": 4e-4},
    # CISPO (MiniMax-M1, arXiv 2506.13585), equations 4 and 5: no clip below, and no number for the one above. A ratio
    # of at most 5 is what TRL's documentation recommends after ScaleRL (arXiv 2510.13786).
    "cispo": {**NO_KL, "loss": "token_mean", "surrogate": "cispo", "clip_low": 1.0, "clip_high": 4.0},
}


def fill_preset(rl: Rl) -> Rl:
    """The same, with the preset's values where none are given."""
    return replace(rl, **{key: value for key, value in PRESETS[rl.algorithm].items() if getattr(rl, key) is None})


def loss_settings(rl: Rl) -> dict[str, Any]:
    """What `grpo_loss` takes of the settings, by its own names."""
    names = "clip_low", "clip_high", "kl_coef", "kl", "ratio", "surrogate", "dual_clip", "correction", "correction_cap"
    return {name: getattr(rl, name) for name in names}
