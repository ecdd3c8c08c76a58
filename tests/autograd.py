"""What autograd keeps of a forward pass."""

import torch


def kept_bytes(model, compute) -> int:
    """Bytes kept for the backward pass of what this computes, but for the weights; a shared storage counts once."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = (tensor, storage.nbytes())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        compute()
    return sum(size for _, size in kept.values())
