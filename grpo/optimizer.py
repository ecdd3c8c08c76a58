"""AdamW, and how its two means of each weight are kept: 8 bytes a weight, or 2 with 8 bits."""

from typing import Any

import torch
from torch import Tensor

from .config import RecipeError
from .policy import Policy

ADAMW: dict[str, Any] = {"betas": (0.9, 0.95), "weight_decay": 0.0}
NEEDS_TORCHAO = "optimizer adamw_8bit needs torchao: pip install 'r1-verifiers[optimizers]'"


def make_optimizer(policy: Policy, kind: str, lr: float) -> torch.optim.Optimizer:
    """Of the weights that are trained; RecipeError where this kind cannot be had here."""
    trained = [parameter for parameter in policy.model.parameters() if parameter.requires_grad]
    if kind == "adamw_8bit":
        try:
            from torchao.optim import AdamW8bit
        except ImportError as error:
            raise RecipeError(NEEDS_TORCHAO) from error
        return AdamW8bit(trained, lr=lr, **ADAMW)
    return torch.optim.AdamW(trained, lr=lr, fused=True, **ADAMW)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """The learning rate of the next step; torchao keeps it in a tensor, since it compiles its step."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr
