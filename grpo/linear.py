"""Matrix products of float32 on a CPU by oneDNN, which torch itself takes for bfloat16 only.

By default torch calls MKL, which keeps to AVX2 on processors that are not Intel's. Measured on one core of an AMD EPYC
at 64 to 2,048 rows, GFLOP/s: MKL 105, oneDNN 240 with AVX-512, 120 if held to AVX2. The arithmetic is float32 in both.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

# Both layers below keep what they prepared for each of the last 1,024 shapes, a megabyte or two each, and no two steps
# have the same: unless told otherwise, a run takes gigabytes more. They read these when they are first used.
for _name in ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY"):
    os.environ.setdefault(_name, "16")

HERE = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def product(x_NI: Tensor, weight_OI: Tensor, bias_O: Tensor | None = None) -> Tensor:
    """x @ weight.T + bias, of any float type on any device; has no gradient by itself."""
    if fits(x_NI, weight_OI):
        made: Tensor = torch.ops.mkldnn._linear_pointwise(x_NI, weight_OI, bias_O, "none", [], "")
        return made
    return nn.functional.linear(x_NI, weight_OI, bias_O)


def fits(x_NI: Tensor, weight_OI: Tensor) -> bool:
    """Whether oneDNN may take it: plain float32 on a CPU, not under autocast, and not empty."""
    plain = x_NI.dtype == weight_OI.dtype == torch.float32 and type(weight_OI) in (Tensor, nn.Parameter)
    return HERE and plain and x_NI.is_cpu and x_NI.numel() > 0 and not torch.is_autocast_enabled("cpu")


class Product(torch.autograd.Function):
    """`product` with its gradient."""

    @staticmethod
    def forward(ctx: Any, x_NI: Tensor, weight_OI: Tensor, bias_O: Tensor | None) -> Tensor:
        """x @ weight.T + bias."""
        ctx.save_for_backward(x_NI, weight_OI)
        return product(x_NI, weight_OI, bias_O)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_NO: Tensor) -> tuple[Tensor | None, ...]:
        """Those of x, weight and bias, of what needs one."""
        x_NI, weight_OI = ctx.saved_tensors
        flat_MO, x_MI = grad_NO.reshape(-1, grad_NO.shape[-1]), x_NI.reshape(-1, x_NI.shape[-1])
        need_x, need_weight, need_bias = ctx.needs_input_grad
        return (
            product(grad_NO, weight_OI.T) if need_x else None,
            product(flat_MO.T, x_MI.T) if need_weight else None,
            flat_MO.sum(0) if need_bias else None,
        )


class Linear(nn.Linear):
    """torch's own layer, with `product` where that fits."""

    packed: tuple[Tensor, int] | None = None
    """The weights as oneDNN reads them fastest, and which version of the weights they are; see `packed_weights`."""

    def forward(self, input: Tensor) -> Tensor:
        """x @ weight.T + bias."""
        if not fits(input, self.weight):
            return super().forward(input)
        if not torch.is_grad_enabled():
            if self.packed and self.packed[1] == self.weight._version:
                made: Tensor = torch.ops.mkldnn._linear_pointwise(input, self.packed[0], self.bias, "none", [], "")
                return made
            return product(input, self.weight, self.bias)
        made = Product.apply(input, self.weight, self.bias)
        return made


def by_one_dnn(model: nn.Module) -> None:
    """Have the model's linear layers use `product`; their weights, names and files stay as they are."""
    for module in model.modules():
        if type(module) is nn.Linear:
            module.__class__ = Linear


@contextmanager
def packed_weights(model: nn.Module, rows: int) -> Iterator[None]:
    """Within, and without gradients, the linear layers read a second copy of their weights, laid out for so many rows.

    Otherwise each product lays them out again: an eighth of the time of 64 rows. What has changed since is not read.
    """
    layers = [module for module in model.modules() if isinstance(module, Linear)]
    try:
        for layer in layers:
            if fits(layer.weight[:1], layer.weight):
                copy = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), rows)
                layer.packed = copy, layer.weight._version
        yield
    finally:
        for layer in layers:
            layer.packed = None
