"""What a stage takes of memory: by arithmetic before it runs, to refuse what does not fit, and as measured."""

import gc
import resource
import sys
from dataclasses import dataclass, replace
from typing import Any

import psutil
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.pytorch_utils import Conv1D

from .config import RecipeError
from .head import VOCABULARY_CHUNK
from .loading import pick_device, plain_errors, require_model
from .lora import EVERY
from .ranks import local_world
from .settings import Recipe, Rl, Sft

PROCESS = 5e8
"""Bytes of Python, torch and transformers before there is a model."""
LOGIT_BYTES = 28
"""Of one logit while sampling: logits, log-probs, probabilities, a product (4 each), sums in float64 (8), and room."""
LOWER = 'less forward_tokens or sample_rows, recompute = true, optimizer = "adamw_8bit", or lora_rank = 32'
"""What takes less memory, and is said where there is too little."""
EIGHT_BITS = 2 + 2 * 4 / 256
"""Bytes of both means of a weight: a byte each, and a scale for 256 of them; not of tensors under 4,096 weights."""


@dataclass(frozen=True)
class Memory:
    """Bytes, by what they are for."""

    weights: float
    gradients: float
    optimizer: float
    """AdamW's two means, where the policy is."""
    reference: float
    update: float
    """Activations that a forward pass keeps for its backward pass, and the logits of a chunk of the vocabulary."""
    sampling: float
    """Keys and values, and the logits of a token of each row; or of a GPU all of vLLM, which sleeps while updating."""
    vllm: float = 0.0
    """What vLLM in this process holds all along, on a CPU: weights of its own, keys and values."""
    loading: float = 0.0
    """Of the host, before a rank has only its part of the weights."""

    @property
    def peak(self) -> float:
        """Of updating and sampling, which take turns, the larger; the gradients are there while updating only."""
        turns = max(self.gradients + self.update, self.sampling)
        return PROCESS + self.weights + self.optimizer + self.reference + self.vllm + turns

    @property
    def copies(self) -> float:
        """Whole models that each rank has in the host's memory while FSDP loads: policy, reference, one to sample."""
        return self.weights * (1 + bool(self.reference) + bool(self.sampling))


@dataclass(frozen=True)
class Shape:
    """The numbers of a model that memory hangs on."""

    parameters: int
    vocabulary: int
    layers: int
    width: int
    inner: int
    key_width: int
    """Of all key heads of a layer together."""
    query_width: int
    """Of all query heads of a layer together."""
    positions: int = 0
    """The longest sequence that it was made for; 0 where its config names no limit."""
    small: int = 0
    """Parameters in tensors that are too small for 8 bits."""
    linear: tuple[tuple[str, int], ...] = ()
    """Each linear layer between embedding and head: its name, and how many features come in and go out."""


def shape_of(name: str) -> Shape:
    """Of the model in that folder or of that hub name, from its config; RecipeError where there is none."""
    require_model(name)
    with plain_errors(name), torch.device("meta"):
        config = AutoConfig.from_pretrained(name)
        model = AutoModelForCausalLM.from_config(config)
    text: Any = config.get_text_config(decoder=True)
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return Shape(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        vocabulary=text.vocab_size,
        layers=text.num_hidden_layers,
        width=text.hidden_size,
        inner=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        key_width=head * (getattr(text, "num_key_value_heads", None) or text.num_attention_heads),
        query_width=head * text.num_attention_heads,
        positions=getattr(text, "max_position_embeddings", None) or 0,
        small=sum(p.numel() for p in model.parameters() if p.numel() < 4096 or p.numel() % 256),
        linear=tuple(
            (name.rpartition(".")[2], sum(module.weight.shape))
            for name, module in model.base_model.named_modules()
            if isinstance(module, (nn.Linear, Conv1D))
        ),
    )


def adapter_size(shape: Shape, rank: int, targets: str) -> int:
    """Parameters of all adapters: `rank` for each feature that comes into a layer or goes out."""
    names = {name.strip() for name in targets.split(",")}
    return rank * sum(features for name, features in shape.linear if targets == EVERY or name in names)


def rl_memory(shape: Shape, rl: Rl, *, bfloat16: bool, prompt_tokens: int = 0) -> Memory:
    """Of a stage of GRPO, if every completion is as long as it may be."""
    size, rollouts = 2 if bfloat16 else 4, rl.tasks_per_step * rl.group_size
    rows = min(rl.sample_rows, rollouts)
    row_tokens = prompt_tokens + rl.max_new_tokens
    every = rollouts // rl.minibatches * rl.max_new_tokens + rl.tasks_per_step // rl.minibatches * prompt_tokens
    tokens = max(min(rl.forward_tokens, every), row_tokens)
    shared = tokens // max(1, rl.max_new_tokens) * prompt_tokens * size * shape.layers * 2 * shape.query_width
    keys_values = size * rows * row_tokens * shape.layers * 2 * shape.key_width
    return Memory(
        **model_memory(
            shape,
            reference=bool(rl.kl_coef),
            optimizer=rl.optimizer,
            adapters=adapter_size(shape, rl.lora_rank, rl.lora_targets),
        ),
        update=activations(shape, tokens, size, recompute=rl.recompute)
        + shared // (shape.layers if rl.recompute else 1),
        sampling=keys_values + LOGIT_BYTES * rows * shape.vocabulary,
    )


def sft_memory(shape: Shape, sft: Sft, *, bfloat16: bool) -> Memory:
    """Of a stage of supervised fine-tuning."""
    tokens = min(max(sft.forward_tokens, sft.pack_tokens), sft.batch_size * sft.pack_tokens)
    update = activations(shape, tokens, 2 if bfloat16 else 4, recompute=sft.recompute)
    return Memory(**model_memory(shape, reference=False, optimizer=sft.optimizer), update=update, sampling=0)


def model_memory(shape: Shape, *, reference: bool, optimizer: str, adapters: int = 0) -> dict[str, float]:
    """What hangs on the parameters alone, in float32; where there are adapters, no others are trained or copied."""
    trained = adapters or shape.parameters
    small = adapters or shape.small
    means = {"adamw": 8 * trained, "adamw_8bit": EIGHT_BITS * (trained - small) + 8 * small}
    return {
        "weights": 4 * (shape.parameters + adapters),
        "gradients": 4 * trained,
        "optimizer": means[optimizer],
        "reference": 4 * shape.parameters if reference and not adapters else 0,
    }


def in_parts(memory: Memory, ranks: int) -> Memory:
    """Of one of several ranks that share the weights out; to sample here, each has a whole copy beside its part."""
    parts = {name: getattr(memory, name) / ranks for name in ("weights", "gradients", "optimizer", "reference")}
    sampling = memory.sampling + memory.weights if memory.sampling else 0.0
    return replace(memory, **parts, sampling=sampling, loading=memory.copies)


def with_engine(memory: Memory, shape: Shape, recipe: Recipe) -> Memory:
    """Of a stage of GRPO, by what samples: a server takes nothing here, vLLM in this process its share."""
    if recipe.engine == "transformers":
        packed = 4 * shape.parameters if pick_device(recipe.device).type == "cpu" else 0  # see `packed_weights`
        return replace(memory, sampling=memory.sampling + packed)
    if recipe.engine != "vllm":
        return replace(memory, sampling=0.0)
    where, size = pick_device(recipe.device), 2 if recipe.precision == "bfloat16" else 4
    if where.type == "cuda":
        return replace(memory, sampling=recipe.vllm_memory * torch.cuda.mem_get_info(where)[1])  # of all there is
    token = size * 2 * shape.layers * shape.key_width
    positions = recipe.vllm_positions or shape.positions
    cache = vllm_cache(recipe.rl.sample_rows, positions, token, recipe.vllm_memory, where)
    return replace(memory, sampling=0.0, vllm=size * shape.parameters + cache)


def vllm_cache(rows: int, positions: int, token: int, share: float, where: torch.device) -> int:
    """Bytes that vLLM on a CPU is given for keys and values: for all rows in full, within its share of what is free."""
    return int(min(max(rows * (positions or 4096) * token, 1 << 28), share * free_memory(where)))


def activations(shape: Shape, tokens: int, size: int, *, recompute: bool) -> float:
    """What a forward pass of so many tokens keeps: of each layer 12 numbers a feature, 4 an inner one; and logits.

    With recompute it is the inputs of all layers. What comes and goes is, in turn, the logits, the gradients of one
    layer's activations, and with recompute these activations themselves.

    Counted on Llama: within 4 % of what autograd saves, but for the keys and values of shared prompts.
    """
    logits = 4 * 3 * min(VOCABULARY_CHUNK, shape.vocabulary)
    layer = size * (12 * shape.width + 4 * shape.inner)
    around = size * 3 * shape.width  # the last norm, and the hidden states that the head takes
    if recompute:
        return tokens * (size * shape.layers * shape.width + around + max(2 * layer, logits))
    return tokens * (shape.layers * layer + around + max(layer, logits))


def require_memory(name: str, memory: Memory, *, device: str) -> float:
    """The peak in GB; RecipeError if that is more than is free, or what a rank loads more than the host has."""
    host = free_memory(torch.device("cpu"))
    if memory.loading and PROCESS + memory.loading > host:
        raise RecipeError(
            f"while it loads {name!r}, each process holds {memory.loading / 1e9:.1f} GB of whole copies in the host's "
            f"memory, and {host / 1e9:.1f} GB are free for it: use fewer processes a machine, kl_coef = 0, or a "
            "smaller model"
        )
    need, free = memory.peak / 1e9, free_memory(pick_device(device)) / 1e9
    if need > free:
        raise RecipeError(
            f"training {name!r} takes about {need:.1f} GB and {free:.1f} GB are free: use a smaller model, or {LOWER}"
        )
    return need


def out_of_memory(error: torch.OutOfMemoryError) -> str:
    """What a GPU that ran out of memory says, and what helps, as one sentence."""
    return (
        f"the GPU is out of memory ({str(error).strip().partition('. ')[0] or 'no details'}): use {LOWER}; with other "
        "forward_tokens or recompute alone the same command goes on from the last checkpoint, else give --name another "
        "name"
    )


def free_memory(where: torch.device) -> int:
    """Bytes that are free there for this process; of a GPU also those that torch has kept from a stage before."""
    if where.type != "cuda":
        return int(psutil.virtual_memory().available) // local_world()
    gc.collect()
    torch.cuda.empty_cache()
    return int(torch.cuda.mem_get_info(where)[0])


def peak_memory_gb(device: torch.device) -> float:
    """The most that has been in use so far: of the GPU if the policy is on one, else of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
