"""Low-rank adapters (LoRA, arXiv 2106.09685) by peft: they alone are trained; switched off they leave the reference."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from .config import RecipeError
from .shards import full_weights, whole

EVERY = "all-linear"
"""As `lora_targets`: all linear layers but the output head."""
NEEDS_PEFT = "lora_rank needs peft: pip install 'r1-verifiers[lora]'"


def add_adapters(model: Any, *, rank: int, alpha: float, targets: str, seed: int) -> None:
    """Put adapters into the model, whose own weights are frozen; rank 0 does nothing.

    RecipeError where peft is missing, or the targets are no linear layers between embedding and output head.
    """
    if not rank:
        return
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise RecipeError(NEEDS_PEFT) from error
    names = EVERY if targets == EVERY else [name.strip() for name in targets.split(",")]
    base = model.name_or_path
    config = LoraConfig(
        r=rank, lora_alpha=alpha, target_modules=names, task_type="CAUSAL_LM", base_model_name_or_path=base
    )
    ends = [model.get_input_embeddings(), model.get_output_embeddings()]
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of GPT-2's layers, which it turns round by itself
        torch.manual_seed(seed)
        try:
            inject_adapter_in_model(config, model)
        except ValueError as error:
            raise RecipeError(f"lora_targets {targets!r}: {str(error).splitlines()[0]}") from error
    if ends != [model.get_input_embeddings(), model.get_output_embeddings()]:
        raise RecipeError(f"lora_targets {targets!r}: embedding and output head take no adapter here: leave them out")


def adapted_layers(model: Any) -> list[tuple[str, Any]]:
    """The layers that have an adapter, by name."""
    return [(name, module) for name, module in model.named_modules() if hasattr(module, "lora_A")]


@contextmanager
def switched_off(model: Any, *, on: bool) -> Iterator[None]:
    """Within, the model is as it was before there were adapters."""
    layers = [layer for _, layer in adapted_layers(model)] if on else []
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)


@torch.no_grad()
def merged_weights(model: Any, *, bare: bool = False) -> Iterator[tuple[str, Tensor]]:
    """Each weight whole, by its name without adapters: W + α/r · B A, or with `bare` W alone. See `full_weights`."""
    adapted = {} if bare else {f"{name}.base_layer.weight": layer for name, layer in adapted_layers(model)}
    for name, weight in full_weights(model):
        if ".lora_" not in name:
            merged = weight + whole(adapted[name].get_delta_weight("default")) if name in adapted else weight
            yield name.replace(".base_layer.", "."), merged


def adapter_weights(model: Any) -> dict[str, Tensor]:
    """The weights of the adapters alone, whole, by the names that peft gives them in a file; all ranks call."""
    own = {name: whole(weight.detach()) for name, weight in model.named_parameters() if ".lora_" in name}
    return {f"base_model.model.{name.replace('.default.', '.')}": weight for name, weight in own.items()}


def save_adapters(model: Any, weights: dict[str, Tensor], folder: Path) -> None:
    """Write the adapters alone, as `peft.PeftModel.from_pretrained` reads them."""
    folder.mkdir()
    config = model.peft_config["default"]
    config.inference_mode = True
    config.save_pretrained(str(folder))
    config.inference_mode = False
    save_file(
        {name: weight.cpu().contiguous() for name, weight in weights.items()}, folder / "adapter_model.safetensors"
    )
