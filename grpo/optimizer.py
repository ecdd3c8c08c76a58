"""AdamW, and where its two means of each weight are: 8 bytes a weight, 2 with 8 bits, or 8 of the host instead."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from .config import RecipeError
from .policy import Policy

ADAMW: dict[str, Any] = {"betas": (0.9, 0.95), "weight_decay": 0.0}
NEEDS_TORCHAO = "optimizer adamw_8bit needs torchao: pip install 'r1-verifiers[optimizers]'"


class OffloadedAdamW(torch.optim.AdamW):
    """AdamW on the host, of copies of the weights: gradients go there, clipped as they are, and weights come back.

    torchao's CPUOffloadOptimizer takes the gradients while the backward pass runs, so before they are clipped, and its
    copies of the weights miss what a checkpoint puts into the model.
    """

    def __init__(self, parameters: Iterable[Tensor], **options: Any) -> None:
        self.own = list(parameters)
        pin = torch.cuda.is_available()
        copies = [torch.empty_like(own, device="cpu", pin_memory=pin).requires_grad_() for own in self.own]
        super().__init__(copies, fused=True, **options)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of those weights that have a gradient."""
        pairs = list(zip(self.own, self.param_groups[0]["params"], strict=True))
        for own, copy in pairs:
            copy.copy_(own)
            copy.grad = None if own.grad is None else own.grad.cpu()
        done = super().step(closure)
        for own, copy in pairs:
            own.copy_(copy)
            copy.grad = None
        return done

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Of the weights themselves."""
        for own in self.own:
            own.grad = None


def make_optimizer(policy: Policy, kind: str, lr: float) -> torch.optim.Optimizer:
    """Of the weights that are trained; RecipeError where this kind cannot be had here."""
    trained = [parameter for parameter in policy.model.parameters() if parameter.requires_grad]
    if kind == "adamw_8bit":
        try:
            from torchao.optim import AdamW8bit
        except ImportError as error:
            raise RecipeError(NEEDS_TORCHAO) from error
        return AdamW8bit(trained, lr=lr, **ADAMW)
    if kind == "adamw_offload":
        if policy.device.type == "cpu":
            raise RecipeError(
                "optimizer adamw_offload moves AdamW's state from a GPU to the host, and the policy is on the CPU: "
                "use adamw, or adamw_8bit for less memory"
            )
        return OffloadedAdamW(trained, lr=lr, **ADAMW)
    return torch.optim.AdamW(trained, lr=lr, fused=True, **ADAMW)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """The learning rate of the next step; torchao keeps it in a tensor, since it compiles its step."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr
