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
def merged_weights(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Weights by the names that they have without adapters, with each adapter's product added: W + α/r · B A."""
    adapted = {f"{name}.base_layer.weight": layer for name, layer in adapted_layers(model)}
    for name, weight in model.state_dict().items():
        if ".lora_" not in name:
            delta = adapted[name].get_delta_weight("default") if name in adapted else 0
            yield name.replace(".base_layer.", "."), weight + delta if name in adapted else weight


def save_adapters(model: Any, folder: Path) -> None:
    """Write the adapters alone, as `peft.PeftModel.from_pretrained` reads them."""
    folder.mkdir()
    config = model.peft_config["default"]
    config.inference_mode = True
    config.save_pretrained(str(folder))
    config.inference_mode = False
    weights = {name: weight.detach() for name, weight in model.named_parameters() if ".lora_" in name}
    named = {f"base_model.model.{name.replace('.default.', '.')}": weight.cpu() for name, weight in weights.items()}
    save_file({name: weight.contiguous() for name, weight in named.items()}, folder / "adapter_model.safetensors")
