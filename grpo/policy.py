"""The model as a policy: load it, take its log-probs, save it."""

import copy
import functools
import inspect
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from .config import RecipeError
from .head import head_logps
from .linear import by_one_dnn
from .loading import pick_device, plain_errors, require_model
from .lora import adapted_layers, adapter_weights, merged_weights, save_adapters, switched_off
from .norm import by_formula
from .packed import packs, places_of
from .ranks import is_first, on_first_rank, world
from .recompute import layers_of, recomputed
from .settings import Recipe
from .shards import at_root, is_sharded, shard


@dataclass(frozen=True)
class Policy:
    """A decoder-only model with its tokenizer, as they come."""

    model: Any
    tokenizer: Any
    eos_ids: frozenset[int]
    bfloat16: bool = False
    recompute: bool = False
    """See `recompute.py`."""
    bare: bool = False
    """Without its adapters: see `lora.py`."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    def autocast(self) -> torch.autocast:
        """Matrix products in bfloat16 where the recipe asks for it."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)


def load_policy(name: str, *, device: str = "auto", bfloat16: bool = False, recompute: bool = False) -> Policy:
    """Load a folder or hub name with float32 weights and no dropout.

    Raises RecipeError where there is no such model, where weights or the end-of-sequence token are missing, or where
    its log-probs cannot be had from hidden states and output head alone.
    """
    require_model(name)
    with plain_errors(name):
        tokenizer = AutoTokenizer.from_pretrained(name)
        model, report = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32, output_loading_info=True)
    if report["missing_keys"]:
        raise RecipeError(
            f"model {name!r} has no weights for {min(report['missing_keys'])} ({len(report['missing_keys'])} in all): "
            "its config.json and its safetensors do not belong together"
        )
    rows, largest = model.get_input_embeddings().weight.shape[0], max(tokenizer.get_vocab().values())
    if largest >= rows:
        raise RecipeError(f"the tokenizer of {name!r} has token ids up to {largest}, but the model only {rows} rows")
    if tokenizer.eos_token_id is None:
        raise RecipeError(
            f"the tokenizer of {name!r} has no EOS token, so no completion could end: set tokenizer.eos_token"
        )
    stops = model.generation_config.eos_token_id if model.generation_config else None
    stops = stops if isinstance(stops, list) else [] if stops is None else [stops]
    if recompute and not layers_of(model):
        raise RecipeError(f"model {name!r} has no layers that could be computed again: set recompute = false")
    by_one_dnn(model)
    by_formula(model)
    eos_ids = frozenset({tokenizer.eos_token_id, *stops})
    policy = Policy(model.to(pick_device(device)).eval(), tokenizer, eos_ids, bfloat16, recompute)
    check_log_probs(policy, name)
    return policy


def shards_weights(recipe: Recipe) -> bool:
    """Whether each rank is to have only its part of the weights."""
    return world() > 1 and recipe.parallel == "fsdp"


def load_device(recipe: Recipe) -> str:
    """Where a model is loaded that `over_ranks` is then given: what is sharded need not fit onto one accelerator."""
    if world() > 1 and ":" in recipe.device:
        raise RecipeError(
            f"device {recipe.device!r} is one for {world()} processes: use {recipe.device.split(':')[0]!r}"
        )
    return "cpu" if shards_weights(recipe) else recipe.device


def over_ranks(policy: Policy, recipe: Recipe) -> Policy:
    """The policy with its weights as the recipe spreads them over the ranks; with one rank, as it is."""
    if shards_weights(recipe) and not is_sharded(policy.model):  # a reference without adapters has the policy's own
        packs(policy.model)  # is found out while the weights are whole
        shard(policy.model, pick_device(recipe.device), bfloat16=policy.bfloat16)
    return policy


def copied(policy: Policy) -> Policy:
    """The same with weights of its own."""
    return replace(policy, model=copy.deepcopy(policy.model))


def save_policy(policy: Policy, folder: Path) -> Path:
    """Write model and tokenizer as transformers reads them; the folder appears complete or not at all."""
    part = folder.with_name(folder.name + ".part")
    weights: dict[str, Tensor] | None = None
    adapted = bool(adapted_layers(policy.model))
    if adapted or is_sharded(policy.model):  # plain weights, so that all who read the folder need no peft
        plain = merged_weights(policy.model, bare=policy.bare)
        every = ((name, weight.cpu() if is_first() else None) for name, weight in plain)
        weights = {name: weight for name, weight in every if weight is not None}  # only the first rank has them all
    adapters = adapter_weights(policy.model) if adapted and not policy.bare else {}

    def write() -> None:
        policy.model.save_pretrained(part, state_dict=weights)
        if adapters:
            save_adapters(policy.model, adapters, part / "adapter")
        policy.tokenizer.save_pretrained(part)
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed before it marked this stage as done
        os.replace(part, folder)

    on_first_rank(write)
    return folder


def reference_of(policy: Policy) -> Policy:
    """The policy as it is now, to hold a KL term to: a copy, or where it has adapters, itself without them."""
    if adapted_layers(policy.model):
        return replace(policy, bare=True)
    return replace(policy, model=copy.deepcopy(policy.model))


def positions_of(policy: Policy) -> int | None:
    """The longest sequence that the model was made for, in tokens; None where its config names no limit."""
    return getattr(policy.model.config.get_text_config(decoder=True), "max_position_embeddings", None)


def require_positions(policy: Policy, tokens: int, what: str) -> None:
    """Raise RecipeError if a sequence of so many tokens is longer than the model was made for."""
    limit = positions_of(policy)
    if limit and tokens > limit:
        raise RecipeError(f"{what}: {tokens} tokens, more than the model's {limit} positions: shorten it")


@at_root
def completion_logps(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    rows: Sequence[int],
    completions: Sequence[Sequence[int]],
    *,
    temperature: float = 1.0,
) -> Tensor:
    """Log-probs [B, T] in float32 of each completion's tokens after its prompt, 0 where there is no token.

    rows[b] is the prompt of completions[b]. Each prompt goes through the model once, whatever the number of its
    completions, and gets the gradient of them all. Logits are taken at completion positions only, a chunk of the
    vocabulary at a time.
    """
    ids_BT, mask_BT = pad(completions, left=False, device=policy.device)
    with policy.autocast(), switched_off(policy.model, on=policy.bare):
        read = packed_hidden if packs(policy.model) else padded_hidden
        hidden_ND = read(policy, prompts, rows, completions)
        logps_N = head_logps(policy.model, hidden_ND, ids_BT[mask_BT], temperature=temperature)
    return torch.zeros(mask_BT.shape, device=policy.device).masked_scatter(mask_BT, logps_N)


def packed_hidden(
    policy: Policy, prompts: Sequence[Sequence[int]], rows: Sequence[int], completions: Sequence[Sequence[int]]
) -> Tensor:
    """The hidden states [N, D] that the tokens of all completions are predicted from; see `packed.py`."""
    places = places_of(prompts, rows, completions, policy.device)
    with recomputed(policy.model, on=policy.recompute):
        return places.read_by(policy.model).index_select(0, places.before_N)


def padded_hidden(
    policy: Policy, prompts: Sequence[Sequence[int]], rows: Sequence[int], completions: Sequence[Sequence[int]]
) -> Tensor:
    """The same of a model that cannot be packed: prompts fill a cache, completions go on from it."""
    row_B = torch.tensor(rows, device=policy.device)
    ids_PS, prompt_mask_PS = pad(prompts, left=True, device=policy.device)
    # The layers of a sharded model are gone through twice, for other ranks' completions may be longer than a token.
    ids_BT, own_BT = pad(completions, left=False, device=policy.device, at_least=2 if is_sharded(policy.model) else 1)
    cache = DynamicCache(config=policy.model.config)
    other = {type(layer) for layer in cache.layers} - {DynamicLayer, DynamicSlidingWindowLayer}
    if other:
        raise RecipeError(
            f"{type(policy.model).__name__} keeps more of a prompt than keys and values "
            f"({min(kind.__name__ for kind in other)}), which completions cannot share here: choose another model"
        )
    with recomputed(policy.model, on=policy.recompute):
        hidden_PD = forward(policy.model, ids_PS, prompt_mask_PS, cache)[:, -1]
    hidden_BTD = hidden_PD.index_select(0, row_B)[:, None]
    if ids_BT.shape[1] > 1:
        if not (policy.recompute and torch.is_grad_enabled()):
            repeat_rows(cache, row_B)
        seen_BK = torch.cat([prompt_mask_PS[row_B], own_BT[:, :-1]], dim=1)
        with recomputed(policy.model, on=policy.recompute, row_B=row_B):
            hidden_BTD = torch.cat([hidden_BTD, forward(policy.model, ids_BT[:, :-1], seen_BK, cache)], dim=1)
    return hidden_BTD[own_BT]


def repeat_rows(cache: DynamicCache, row_B: Tensor) -> None:
    """Give each of B rows its prompt's keys and values, so that the gradient is the same every time.

    Indexing would do, as in `cache.batch_select_indices`, but its backward pass adds up with atomics: on two threads in
    any order, and a resumed run would part from the unbroken one.
    """
    for layer in cache.layers:
        layer.keys, layer.values = layer.keys.index_select(0, row_B), layer.values.index_select(0, row_B)


def forward(model: Any, ids_BT: Tensor, seen_BK: Tensor, cache: DynamicCache) -> Tensor:
    """Hidden states [B, T, D] of T more tokens; seen marks the K real ones among those in the cache and these."""
    positions_BT = (seen_BK.cumsum(1) - 1).clamp(min=0)[:, -ids_BT.shape[1] :]
    output = model.base_model(
        input_ids=ids_BT,
        attention_mask=None if seen_BK.all() else seen_BK.long(),
        position_ids=positions_BT,
        use_cache=True,
        **{cache_argument(type(model.base_model).forward): cache},
    )
    hidden_BTD: Tensor = output.last_hidden_state
    return hidden_BTD


@functools.cache
def cache_argument(forward: Callable[..., Any]) -> str:
    """The name under which a model takes its cache: transformers 5.24 renamed `past_key_values`."""
    return "cache" if "cache" in inspect.signature(forward).parameters else "past_key_values"


def pad(
    sequences: Sequence[Sequence[int]], *, left: bool, device: torch.device, at_least: int = 1
) -> tuple[Tensor, Tensor]:
    """Ids [B, T], 0 where there is none, and the mask [B, T] of the real ones."""
    length = max(at_least, *map(len, sequences))
    ids_BT = torch.zeros(len(sequences), length, dtype=torch.long)
    mask_BT = torch.zeros(len(sequences), length, dtype=torch.bool)
    for row, sequence in enumerate(sequences):
        span = slice(length - len(sequence), None) if left else slice(0, len(sequence))
        ids_BT[row, span] = torch.tensor(sequence)
        mask_BT[row, span] = True
    return ids_BT.to(device), mask_BT.to(device)


@torch.no_grad()
def check_log_probs(policy: Policy, name: str) -> None:
    """Raise RecipeError unless our log-probs are those of the model's own forward pass, on a short probe."""
    probe = torch.arange(7) % policy.model.get_output_embeddings().weight.shape[0]
    with policy.autocast():
        logits_TV = policy.model(input_ids=probe[None].to(policy.device)).logits[0].float()
    theirs_T = logits_TV[2:6].log_softmax(-1).gather(1, probe[3:, None].to(policy.device))[:, 0]
    padded = [probe[:3].tolist(), probe[:5].tolist()]
    ours_T = completion_logps(policy, padded, [0, 1], [probe[3:].tolist(), [1]])[0]
    gap = (ours_T - theirs_T).abs().max().item()
    if not gap < (0.1 if policy.bfloat16 else 1e-3):
        raise RecipeError(
            f"model {name!r} ({type(policy.model).__name__}): log-probs from hidden states and output head differ from "
            f"the model's own by {gap:.2g}; its head or its cache does something this trainer does not know"
        )
    if policy.recompute:
        plain_N, again_N = (
            probe_gradient(replace(policy, recompute=recompute), padded, [probe[3:].tolist(), [1]])
            for recompute in (False, True)
        )
        gap = ((again_N - plain_N).abs().max() / plain_N.abs().max()).item()
        if not gap < (0.1 if policy.bfloat16 else 1e-3):
            raise RecipeError(
                f"model {name!r} ({type(policy.model).__name__}): with recompute its gradient differs by {gap:.2g} of "
                "itself; its layers do something that cannot be done twice: set recompute = false"
            )


@torch.enable_grad()
def probe_gradient(policy: Policy, prompts: list[list[int]], completions: list[list[int]]) -> Tensor:
    """The gradient [N] at the vectors of the first layer, which all that comes after them goes into."""
    parameters = sorted(layers_of(policy.model)[0].parameters(), key=lambda parameter: parameter.numel())
    vectors = [parameter for parameter in parameters if parameter.dim() == 1] or parameters[:1]
    logps_BT = completion_logps(policy, prompts, [0, 1], completions)
    return torch.cat([grad.flatten() for grad in torch.autograd.grad(logps_BT.sum(), vectors)])
