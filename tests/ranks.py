"""Checkpoints of sharded models, by processes of a gloo group: `test_checkpoint_ranks.py` looks at what they leave.

    python -m tests.ranks FOLDER

FOLDER/NAME.pt has the whole state that the ranks held together, FOLDER/NAME.json what each of them met.
"""

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict, get_optimizer_state_dict
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from grpo.checkpoint import load_checkpoint, save_checkpoint
from grpo.config import RecipeError


class Model(torch.nn.Module):
    """One matrix is embedding and head, and no size divides by the number of ranks; `idle` never has a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.inner = torch.nn.Embedding(7, 5), torch.nn.Linear(5, 5)
        self.idle, self.head = torch.nn.Linear(5, 1), torch.nn.Linear(5, 7, bias=False)
        self.head.weight = self.embedding.weight
        self.register_buffer("scale", torch.rand(5))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.head(self.inner(self.embedding(ids)) * self.scale)


def made(seed: int, wrap: str) -> dict:
    torch.manual_seed(seed)
    model, reference = Model(), Model()
    if wrap == "fsdp2":
        model, reference = (fully_shard(one) for one in (model, reference))
    elif wrap == "ddp":
        model, reference = (DistributedDataParallel(one, find_unused_parameters=True) for one in (model, reference))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    return {"model": model, "optimizer": optimizer, "reference": reference}


def train(parts: dict, steps: int) -> None:
    for step in range(steps):
        ids = torch.arange(6).roll(step)
        torch.nn.functional.cross_entropy(parts["model"](ids), ids.roll(1)).backward()
        parts["optimizer"].step()
        parts["optimizer"].zero_grad(set_to_none=True)


def whole_state(parts: dict) -> dict[str, torch.Tensor]:
    """All tensors of all parts, gathered."""
    full = StateDictOptions(full_state_dict=True)
    state = get_model_state_dict(parts["model"], options=full)
    state |= {f"ref.{k}": value for k, value in get_model_state_dict(parts["reference"], options=full).items()}
    optimizer = get_optimizer_state_dict(parts["model"], parts["optimizer"], options=full)
    return state | {f"{name}.{k}": v for name, entry in optimizer["state"].items() for k, v in entry.items()}


def note(folder: Path, name: str, parts: dict) -> None:
    state = whole_state(parts)
    if not dist.is_initialized() or dist.get_rank() == 0:
        torch.save({key: value.clone() for key, value in state.items()}, folder / f"{name}.pt")


def saved_by_two(folder: Path) -> object:
    parts = made(0, "fsdp2")
    train(parts, 2)
    note(folder, "two", parts)
    save_checkpoint(folder, 2, **parts, extra={"place": 7})
    return [type(value).__name__ for value in (parts["model"].inner.weight, parts["model"].scale)]


def loaded_by(name: str, wrap: str, *, save: bool = False) -> Callable[[Path], object]:
    def run(folder: Path) -> object:
        parts, said = made(5, wrap), []
        step, extra = load_checkpoint(folder, **parts, say=said.append)
        note(folder, name, parts)
        if save:
            save_checkpoint(folder, step, **parts, extra=extra)
        return [step, extra, *said]

    return run


def full_on_one_rank(folder: Path) -> object:
    """The disk of rank 1 is full: what every rank meets."""
    parts, fsync = made(0, "fsdp2"), os.fsync
    train(parts, 1)

    def full(handle: int) -> None:
        if dist.get_rank() == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    os.fsync = full
    try:
        save_checkpoint(folder, 3, **parts)
    except OSError as error:
        return [error.errno, sorted(os.listdir(folder / "checkpoints"))]
    return "saved"


def damaged(folder: Path) -> object:
    """The file of one rank has another bit: what every rank meets."""
    if dist.get_rank() == 0:
        file = folder / "checkpoints" / "000002" / "__1_0.distcp"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    dist.barrier()
    try:
        load_checkpoint(folder, **made(0, "fsdp2"))
    except RecipeError as error:
        return str(error)
    return "loaded"


def together(ranks: int, name: str, do: Callable[[Path], object], folder: Path) -> None:
    """Run `do` on so many ranks, each a fork of this process; no group where there is one."""
    children = []
    for rank in range(ranks):
        child = os.fork()
        if child:
            children.append(child)
            continue
        try:
            if ranks > 1:
                dist.init_process_group(
                    "gloo", init_method=f"file://{folder}/{name}.group", rank=rank, world_size=ranks
                )
            (folder / f"{name}.{rank}.json").write_text(json.dumps(do(folder)))
            if ranks > 1:
                dist.barrier()
                dist.destroy_process_group()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if any(os.waitpid(child, 0)[1] for child in children):
        sys.exit(f"{name}: a rank has failed")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    together(2, "two", saved_by_two, out)
    together(1, "one", loaded_by("one", "plain"), out)
    together(4, "four", loaded_by("four", "fsdp2", save=True), out)
    together(2, "ddp", loaded_by("ddp", "ddp", save=True), out)
    together(1, "last", loaded_by("last", "plain", save=True), out)
    together(2, "again", loaded_by("again", "fsdp2", save=True), out)
    together(2, "full", full_on_one_rank, out)
    together(2, "damaged", damaged, out)
