"""A model's weights over several ranks: whole on each, with the gradients summed; or a part of each on each (FSDP2).

Gradients are summed, not averaged: a loss is weighted by counts of the whole batch, so that its parts add up.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

from .ranks import world
from .recompute import layers_of

P = ParamSpec("P")


def shard(model: Any, device: torch.device, *, bfloat16: bool) -> None:
    """Leave each rank its part of every weight, in float32, on the device.

    Layer by layer they are gathered to be used, in bfloat16 with `bfloat16`. The rest, embeddings and head, is one
    unit that stays whole from the forward to the backward pass, in float32 as under autocast without shards.
    """
    mesh = dist.device_mesh.init_device_mesh(device.type, (world(),))
    half = torch.bfloat16 if bfloat16 else None
    mixed = MixedPrecisionPolicy(param_dtype=half, reduce_dtype=torch.float32, cast_forward_inputs=False)
    for layer in layers_of(model):
        fully_shard(layer, mesh=mesh, mp_policy=mixed)
    fully_shard(model, mesh=mesh, reshard_after_forward=False)
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)
    model.run = lambda compute: compute()
    register_fsdp_forward_method(model, "run")


def is_sharded(model: Any) -> bool:
    """Whether this rank has only its part of the weights."""
    return isinstance(model, FSDPModule)


def at_root(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Wrap a function of a policy that calls parts of its model, so that FSDP2 takes it for the model's forward pass.

    Then the embeddings and the head are whole while it runs, and in its backward pass.
    """

    @functools.wraps(function)
    def run(*args: P.args, **given: P.kwargs) -> Tensor:
        policy: Any = args[0]
        if not is_sharded(policy.model):
            return function(*args, **given)
        result: Tensor = policy.model.run(lambda: function(*args, **given).clone())  # FSDP2 warns of views
        if not torch.is_grad_enabled():  # else its record of what a backward pass will need grows and grows
            policy.model.reset_iter_state()
        return result

    return run


def sum_gradients(model: Any) -> None:
    """Give each rank the sum of all ranks' gradients; where weights are sharded the backward pass has done that."""
    if world() == 1 or is_sharded(model):
        return
    work = []
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            work.append(dist.all_reduce(parameter.grad, async_op=True))
    for one in work:
        one.wait()


def whole(tensor: Tensor) -> Tensor:
    """All of it, on every rank; all ranks call."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


@torch.no_grad()
def full_weights(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Each weight and persistent buffer whole, one after another, shared ones once; all ranks go through all."""
    once = dict(model.named_parameters())
    shared = dict(model.named_parameters(remove_duplicate=False)).keys() - once.keys()
    for name, tensor in model.state_dict().items():
        if name not in shared:
            yield name, whole(tensor)


def like(part: Any, state: dict[str, Any]) -> dict[str, Any]:
    """The whole state of a model or optimiser, each tensor sharded as the part's own."""
    if isinstance(part, torch.optim.Optimizer):
        own = [one for group in part.param_groups for one in group["params"]]
        moments = {
            place: {key: as_shard(value, own[place]) if value.dim() else value for key, value in one.items()}
            for place, one in state["state"].items()
        }
        return {**state, "state": moments}
    mine = part.state_dict()
    return {name: as_shard(value, mine[name]) for name, value in state.items()}


def as_shard(value: Tensor, own: Tensor) -> Tensor:
    """This rank's part of a tensor that every rank has the whole of."""
    if not isinstance(own, DTensor):
        return value
    return distribute_tensor(value.to(own.device), own.device_mesh, own.placements, src_data_rank=None)
