"""The numbers of each stage, with the paper's as defaults."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, with_config

from .rl_settings import Rl as Rl


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Sft:
    """Supervised fine-tuning; 0 steps is none, as in R1-Zero."""

    model: str = ""
    """Start from this model; empty takes the one that the pipeline gives this stage."""
    data: str = ""
    """JSONL of {"question", "completion"}; `made:FILE` is one that `make` wrote. Empty takes what the pipeline gives:
    with a file of its own, R1's cold start needs no cold_start_data, and its SFT of phase 3 no rejection sampling."""
    steps: int = 0
    """Optimiser steps; 0 leaves this stage out, or takes `epochs`."""
    epochs: float = 0
    """Passes over the data, in place of steps (the paper's 2 to 3)."""
    batch_size: int = 128
    """Completions a step (the paper's 128)."""
    lr: float = 5e-5
    """Peak learning rate (the paper's 5e-5); warms up, then falls along a cosine to a tenth."""
    warmup: int = 10
    """Steps until the peak."""
    pack_tokens: int = 1024
    """Tokens a packed row; a prompt with its completion must fit into one."""
    forward_tokens: int = 16_384
    """Tokens a forward and backward pass; fewer need less memory and change nothing else."""
    recompute: bool = False
    """Compute activations again in the backward pass: much less memory, more time, the same gradient."""
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    """AdamW with its two means of each weight in float32, or with 8 bits, for a quarter of the memory
    (torchao)."""
    checkpoint_every: int = 200
    """Steps between checkpoints."""
    keep_last: int = 2
    """Checkpoints that are kept: the second is for when the last one is damaged."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One run: what is made, what is trained, and on what."""

    name: str
    """The run's folder under `runs`."""
    model: str
    """Folder, hub name, or `made:FOLDER`: any decoder-only model of transformers."""
    make: Literal["", "sign_puzzle", "arithmetic"] = ""
    """What to generate first, into RUN/0-made."""
    template: Literal["auto", "r1_zero", "chat", "question"] = "auto"
    """How a question becomes a prompt; auto is the tokenizer's chat template where there is one, else R1-Zero's."""
    system: str = ""
    """System message of the chat template."""
    instruction: str = "{question}"
    """The user's message, with {question} where the task's question goes."""
    reasoning: str = "<think>"
    """The token before the reasoning, where completions are reasoning and summary."""
    summary: str = "</think>"
    """The token between reasoning and summary."""
    language: str = "en"
    """The language that the verifier `language` wants the thinking to be in."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Precision of the matrix products; weights, optimiser and log-probs are float32 either way."""
    device: str = "auto"
    """`cpu`, `cuda`, …; auto takes the accelerator where there is one."""
    engine: str = "transformers"
    """What samples: `transformers`; `vllm` in this process; or the http://HOST:PORT of `python -m grpo.serve_vllm`."""
    vllm_memory: float = 0.4
    """Share of the GPU's memory that vLLM in this process may take: its `gpu_memory_utilization`."""
    vllm_positions: int = 0
    """Tokens of the longest prompt with its completion, vLLM's `max_model_len`; 0 is as many as the model has."""
    vllm_gpus: int = 1
    """GPUs that vLLM in this process splits the model over."""
    seed: int = 0
    """Seed of everything random; the same one on the same machine gives the same weights."""
    runs: Path = Path("runs")
    """Where run folders go."""
    logger: Literal["", "tensorboard", "wandb", "trackio"] = ""
    """Where the rows of metrics.jsonl go too; each has an extra of its name: pip install 'r1-verifiers[wandb]'."""
    parallel: Literal["fsdp", "ddp"] = "fsdp"
    """With several processes (torchrun), `fsdp` keeps a part of weights and optimiser in each, `ddp` the whole."""
    sft: Sft = field(default_factory=Sft)
    rl: Rl = field(default_factory=Rl)


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """Where R1's first long and readable chains of thought come from (DeepSeek-R1, section 2.3.1)."""

    source: Literal["file", "few_shot", "r1_zero"] = "file"
    """`file` takes them as they are; `few_shot` prompts `model` with the examples in `data`; `r1_zero` takes what is
    readable of the rollouts in `data`, a run's rollouts.jsonl."""
    data: str = ""
    """JSONL of {"question", "completion"}: the samples, or the examples; for `r1_zero` a rollouts.jsonl."""
    tasks: str = ""
    """JSONL of tasks: the prompts of `few_shot`, and the ground truths that samples of a file are checked by."""
    model: str = ""
    """The model that is prompted with examples; empty is the base model."""
    examples: int = 4
    """Examples a prompt."""
    samples: int = 4
    """Completions of each task that `few_shot` samples, and that `r1_zero` keeps at most."""
    temperature: float = 0.7
    """Sampling temperature of `few_shot`."""
    max_new_tokens: int = 4096
    """Tokens after which a completion of `few_shot` is cut off."""
    rows: int = 64
    """Completions sampled at the same time."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Rejection:
    """Rejection sampling: many completions of each task, of which the right and readable are kept (section 2.3.3)."""

    model: str = ""
    """Sample from this model; empty takes the one that the pipeline gives this stage."""
    tasks: str = ""
    """JSONL of tasks; a ground truth that no rule can read goes to the judge."""
    samples: int = 16
    """Completions of each task."""
    keep: int = 4
    """Most that are kept of a task, so that easy ones do not outweigh the others."""
    temperature: float = 1.0
    """Sampling temperature."""
    top_p: float = 1.0
    """Leaves out the unlikeliest tokens."""
    max_new_tokens: int = 32_768
    """Tokens after which a completion is cut off, and rejected."""
    consistency: float = 0.95
    """Least share of the thinking's words in the recipe's language."""
    longest_paragraph: int = 2000
    """Most characters of a paragraph of the thinking."""
    code_blocks: bool = False
    """Whether thinking may hold code blocks where the task is not one of programs."""
    judge_url: str = ""
    """OpenAI-compatible server of the judge for what rules cannot decide; empty leaves such tasks out, counted."""
    judge_model: str = ""
    """The judge's name there."""
    general: str = ""
    """JSONL of {"question", "completion"} mixed in as it is: writing, factual answers, self-cognition, translation."""
    rows: int = 64
    """Completions sampled at the same time."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class Preference:
    """A reward model for what no rule decides: Bradley-Terry on pairs, and optionally a second one for safety."""

    model: str = ""
    """Start from this model; empty takes the one that the pipeline gives this stage."""
    pairs: str = ""
    """JSONL of {"question", "chosen", "rejected"}."""
    held_out: str = ""
    """JSONL of pairs to measure on."""
    steps: int = 0
    """Optimiser steps; 0 is one epoch, as in the paper."""
    batch_size: int = 256
    """Pairs a step (the paper's 256)."""
    lr: float = 6e-6
    """Peak learning rate (the paper's 6e-6)."""
    warmup: int = 10
    """Steps until the peak."""
    safety: str = ""
    """JSONL of {"question", "completion", "safe"}, judged on the whole completion; empty trains no safety model."""
    forward_tokens: int = 16_384
    """Tokens a forward and backward pass; fewer need less memory and change nothing else."""
    checkpoint_every: int = 100
    """Steps between checkpoints."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, kw_only=True)
class R1:
    """All of R1 (DeepSeek-R1, sections 2.3 and 2.4): what each stage takes, in their order."""

    pipeline: Literal["r1"]
    """Says that this is no recipe for R1-Zero."""
    name: str
    """The run's folder under `runs`."""
    model: str
    """The base model: folder, hub name, or `made:FOLDER`."""
    small_model: str = ""
    """The base model of distillation; empty leaves that phase out."""
    make: Literal["", "tiny_world"] = ""
    """What to generate first, into RUN/0-made."""
    template: Literal["auto", "r1_zero", "chat", "question"] = "auto"
    """How a question becomes a prompt; auto is the tokenizer's chat template where there is one, else R1-Zero's."""
    system: str = ""
    """System message of the chat template."""
    instruction: str = "{question}"
    """The user's message, with {question} where the task's question goes."""
    reasoning: str = "<think>"
    """The token before the reasoning; added to the tokenizer where it is not one token yet."""
    summary: str = "</think>"
    """The token between reasoning and summary; added to the tokenizer where it is not one token yet."""
    language: str = "en"
    """The language that the reasoning should be in."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Precision of the matrix products; weights, optimiser and log-probs are float32 either way."""
    device: str = "auto"
    """`cpu`, `cuda`, …; auto takes the accelerator where there is one."""
    engine: str = "transformers"
    """What samples: `transformers`; `vllm` in this process; or the http://HOST:PORT of `python -m grpo.serve_vllm`."""
    vllm_memory: float = 0.4
    """Share of the GPU's memory that vLLM in this process may take: its `gpu_memory_utilization`."""
    vllm_positions: int = 0
    """Tokens of the longest prompt with its completion, vLLM's `max_model_len`; 0 is as many as the model has."""
    vllm_gpus: int = 1
    """GPUs that vLLM in this process splits the model over."""
    seed: int = 0
    """Seed of everything random; the same one on the same machine gives the same weights."""
    runs: Path = Path("runs")
    """Where run folders go."""
    logger: Literal["", "tensorboard", "wandb", "trackio"] = ""
    """Where the rows of metrics.jsonl go too; each has an extra of its name: pip install 'r1-verifiers[wandb]'."""
    parallel: Literal["fsdp", "ddp"] = "fsdp"
    """With several processes (torchrun), `fsdp` keeps a part of weights and optimiser in each, `ddp` the whole."""
    stages: str = "0-5"
    """The phases to run, such as 3-4 or 2: 0 pretraining, 1 cold start, 2 reasoning RL, 3 rejection sampling and SFT,
    4 reward model and RL for all scenarios, 5 distillation."""
    ablate: str = ""
    """A part of reasoning_rl's reward: that stage also runs without it, for comparison, from the same cold start."""
    pretraining: Sft = field(default_factory=Sft)
    """Makes a base model out of an untrained one; 0 steps where `model` is one already."""
    small_pretraining: Sft = field(default_factory=Sft)
    """The same for `small_model`."""
    cold_start_data: ColdStart = field(default_factory=ColdStart)
    """Phase 1: where its samples come from."""
    cold_start: Sft = field(default_factory=Sft)
    """Phase 1: SFT of the base model on them."""
    reasoning_rl: Rl = field(default_factory=Rl)
    """Phase 2: RL on reasoning tasks, from the cold start."""
    rejection: Rejection = field(default_factory=Rejection)
    """Phase 3: samples from the model of phase 2, and which are kept."""
    sft: Sft = field(default_factory=Sft)
    """Phase 3: SFT of the base model again, on what was kept."""
    reward_model: Preference = field(default_factory=Preference)
    """Phase 4: what judges prompts without a ground truth."""
    all_rl: Rl = field(default_factory=Rl)
    """Phase 4: RL for all scenarios, with general prompts in its last steps."""
    distillation: Sft = field(default_factory=Sft)
    """SFT of the small model on what was kept in phase 3."""
    small_rl: Rl = field(default_factory=Rl)
    """RL alone on the small model, for comparison."""
    eval_samples: int = 16
    """Completions of each held-out task when all stages are measured alike at the end."""
