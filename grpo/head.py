"""Log-probs from hidden states, a chunk of the vocabulary at a time: N positions, D features, V vocabulary, C of it."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .linear import product

VOCABULARY_CHUNK = 2048
"""Columns of the output head whose logits stand in memory at a time; on a CPU such products are also the fastest."""


def head_logps(
    model: Any, hidden_ND: Tensor, ids_N: Tensor, *, temperature: float = 1.0, chunk: int = VOCABULARY_CHUNK
) -> Tensor:
    """Log-probs [N] of ids, in float32, never holding more than [N, chunk] logits, forward or backward."""
    head = model.get_output_embeddings()
    logps_N: Tensor = HeadLogps.apply(hidden_ND, head.weight, head.bias, ids_N, temperature, chunk)
    return logps_N


class HeadLogps(torch.autograd.Function):
    """The log-prob of each id, by a chunk of the vocabulary at a time; backward computes a chunk's logits again."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden_ND: Tensor,
        weight_VD: Tensor,
        bias_V: Tensor | None,
        ids_N: Tensor,
        temperature: float,
        chunk: int,
    ) -> Tensor:
        """logit of the id - logsumexp of all logits."""
        totals, picked_N = [], torch.zeros(len(ids_N), device=hidden_ND.device)
        for first in range(0, len(weight_VD), chunk):
            logits_NC = chunk_logits(hidden_ND, weight_VD, bias_V, slice(first, first + chunk), temperature)
            own_M, place_M = inside(ids_N, first, logits_NC)
            picked_N[own_M] = logits_NC[own_M, place_M]
            totals.append(logits_NC.logsumexp(1))
        total_N = torch.stack(totals).logsumexp(0)
        ctx.save_for_backward(hidden_ND, weight_VD, bias_V, ids_N, total_N)
        ctx.temperature, ctx.chunk = temperature, chunk
        ctx.autocast = torch.is_autocast_enabled(hidden_ND.device.type)
        return picked_N - total_N

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_N: Tensor) -> tuple[Tensor | None, ...]:
        """d logp / d logit is 1 - p for the id and -p for the others."""
        hidden_ND, weight_VD, bias_V, ids_N, total_N = ctx.saved_tensors
        device = hidden_ND.device.type
        grad_hidden_ND = torch.zeros_like(hidden_ND, dtype=torch.float32)
        grad_weight_VD = torch.empty_like(weight_VD) if ctx.needs_input_grad[1] else None  # frozen under LoRA
        grad_bias_V = None if bias_V is None else torch.empty_like(bias_V)
        with torch.autocast(device, torch.bfloat16, enabled=ctx.autocast):
            for first in range(0, len(weight_VD), ctx.chunk):
                rows = slice(first, first + ctx.chunk)
                logits_NC = chunk_logits(hidden_ND, weight_VD, bias_V, rows, ctx.temperature)
                own_M, place_M = inside(ids_N, first, logits_NC)
                grad_NC = logits_NC.sub_(total_N[:, None]).exp_().mul_(-grad_N[:, None])
                grad_NC[own_M, place_M] += grad_N[own_M]
                if ctx.temperature != 1:
                    grad_NC /= ctx.temperature
                grad_hidden_ND += product(grad_NC, weight_VD[rows].T)
                if grad_weight_VD is not None:
                    grad_weight_VD[rows] = product(grad_NC.T, hidden_ND.T)
                if grad_bias_V is not None:
                    grad_bias_V[rows] = grad_NC.sum(0)
        return grad_hidden_ND.to(hidden_ND.dtype), grad_weight_VD, grad_bias_V, None, None, None


def chunk_logits(
    hidden_ND: Tensor, weight_VD: Tensor, bias_V: Tensor | None, rows: slice, temperature: float
) -> Tensor:
    """Logits [N, C] of one chunk of the vocabulary, in float32, over the temperature."""
    bias_C = None if bias_V is None else bias_V[rows]
    logits_NC = product(hidden_ND, weight_VD[rows], bias_C).float()
    return logits_NC if temperature == 1 else logits_NC.div_(temperature)


def inside(ids_N: Tensor, first: int, logits_NC: Tensor) -> tuple[Tensor, Tensor]:
    """Which M of the ids are in the chunk that begins at `first`, and at which column of it."""
    own_M = ((ids_N >= first) & (ids_N < first + logits_NC.shape[1])).nonzero()[:, 0]
    return own_M, ids_N[own_M] - first
