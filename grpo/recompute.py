"""Activations computed again in the backward pass, layer by layer: less memory, a third more time, the same gradient.

The checkpointing of transformers (5.24) drops the cache, and with it our shared prompts; so each layer is wrapped here.
What a layer reads of the cache is an input that its backward pass is given again, and what it writes there is not kept.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from transformers.cache_utils import Cache
from transformers.modeling_layers import GradientCheckpointingLayer


def layers_of(model: Any) -> list[Any]:
    """The decoder layers, each of which can be computed again."""
    return [module for module in model.base_model.modules() if isinstance(module, GradientCheckpointingLayer)]


@contextmanager
def recomputed(model: Any, *, on: bool, row_B: Tensor | None = None) -> Iterator[None]:
    """Within, where gradients are wanted, a layer keeps its input only.

    row_B: the cache holds the prompts' keys and values, and row b reads those of prompt row_B[b]. They are repeated
    inside of the layer, so that no copy of them is kept; and nothing is added to the cache.
    """
    with ExitStack() as undo:
        for layer in layers_of(model) if on and torch.is_grad_enabled() else []:
            layer.forward = once_more(layer, layer.forward, row_B)
            undo.callback(delattr, layer, "forward")
        yield


def once_more(layer: Any, forward: Callable[..., Any], row_B: Tensor | None) -> Callable[..., Any]:
    """The layer's forward pass under a checkpoint, as a pure function of its input and of its part of the cache."""

    def run(hidden_BTD: Tensor, *args: Any, **given: Any) -> Any:
        cache = next((value for value in (*args, *given.values()) if isinstance(value, Cache)), None)
        if cache is None:
            return checkpoint(forward, hidden_BTD, *args, use_reentrant=False, preserve_rng_state=False, **given)
        place = place_of(layer)
        empty, read = copy.copy(cache), copy.copy(cache.layers[place])
        empty.layers = []  # else each layer would keep all keys and values of all others
        args = tuple(empty if value is cache else value for value in args)
        given = {key: empty if value is cache else value for key, value in given.items()}
        written: list[Any] = []

        def pure(hidden_BTD: Tensor) -> Any:
            part = copy.copy(read)
            if row_B is not None:
                part.keys, part.values = part.keys.index_select(0, row_B), part.values.index_select(0, row_B)
            empty.layers = [part] * (place + 1)
            try:
                output = forward(hidden_BTD, *args, **given)
            finally:
                empty.layers = []
            written.append(part)
            return output

        output = checkpoint(pure, hidden_BTD, use_reentrant=False, preserve_rng_state=False)
        if row_B is None:
            cache.layers[place] = written[0]
        written.clear()
        return output

    return run


def place_of(layer: Any) -> int:
    """Which layer of the cache is this one's."""
    return int(next(module.layer_idx for module in layer.modules() if hasattr(module, "layer_idx")))
