"""A reward model for what no rule decides: the score of a sequence-classification head on a decoder-only model.

Helpfulness is learned from pairs and judged on the final summary alone, harmlessness from single completions and judged
on the whole of each (DeepSeek-R1, section 2.3.4).
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor
from torch.nn.functional import softplus

from verifiers import Reason, Verdict
from verifiers.extract import visible
from verifiers.types import need_text

from .calibration import Scored, calibration, margin, sigmoid, table
from .checkpoint import Interrupted, Stop, load_checkpoint, save_checkpoint
from .config import RecipeError, nearest
from .files import write_whole
from .gradients import clip_gradients
from .loading import first_line
from .log import Log, stage_name
from .optimizer import make_optimizer, set_lr
from .policy import Policy, load_device, over_ranks, require_positions, save_policy
from .ranks import even_runs, in_step, on_any_rank, on_first_rank, summed, world
from .rated import Rated, load_pairs, load_points
from .rewards import Scorer
from .score_head import Reading, load_scorer, rewards, score_all, together
from .settings import Preference, Recipe
from .sft import schedule
from .tasks import pick

READING, CALIBRATION = "reward.json", "calibration.json"

Row = Sequence[tuple[int, list[int]]]
"""Token ids with their signs: the chosen +1 and the rejected −1; or one completion, +1 if it is safe and −1 if not."""


def losses(rewards_N: Tensor, signs: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """−log σ(margin) [B] and the margin [B] of rows whose responses stand one after another.

    A pair's margin is r_chosen − r_rejected: Bradley and Terry's likelihood. A single completion's is r or, where it is
    unsafe, −r: binary cross-entropy.
    """
    sign_N = torch.tensor([sign for row in signs for sign in row], device=rewards_N.device)
    margin_B = torch.stack([part.sum() for part in (rewards_N * sign_N).split([len(row) for row in signs])])
    return softplus(-margin_B), margin_B


def train_reward_model(
    recipe: Recipe,
    settings: Preference,
    model: str,
    pairs_file: Path,
    held_out_file: Path | None,
    out: Path,
    *,
    log: Log,
    stop: Stop,
) -> Path:
    """Train a head on `model` to score chosen above rejected summaries; returns the folder of the reward model."""
    rated, held_out = load_pairs(pairs_file), load_pairs(held_out_file) if held_out_file else []
    return train(recipe, settings, "preference", model, rated, held_out, out, log=log, stop=stop)


def train_safety_model(
    recipe: Recipe,
    settings: Preference,
    model: str,
    file: Path,
    held_out_file: Path | None,
    out: Path,
    *,
    log: Log,
    stop: Stop,
) -> Path:
    """Train a head on `model` to give the chance that a whole completion is safe; returns the folder of the model."""
    rated, held_out = load_points(file), load_points(held_out_file) if held_out_file else []
    return train(recipe, settings, "safety", model, rated, held_out, out, log=log, stop=stop)


def train(
    recipe: Recipe,
    settings: Preference,
    kind: Literal["preference", "safety"],
    model: str,
    rated: Sequence[Rated],
    held_out: Sequence[Rated],
    out: Path,
    *,
    log: Log,
    stop: Stop,
) -> Path:
    """The loop of both: the mean of −log σ(margin) over a batch's rows, of whichever kind they are."""
    both = {one.question for one in rated} & {one.question for one in held_out}
    if both:
        raise RecipeError(
            f"{held_out[0].where} and others are trained on too: {len(both)} questions such as {min(both)!r}: leave "
            "them out of one of the two files"
        )
    names = ("template", "system", "instruction", "reasoning", "summary")
    reading = Reading(kind=kind, **{name: getattr(recipe, name) for name in names})
    bfloat16 = recipe.precision == "bfloat16"
    policy = load_scorer(model, device=load_device(recipe), bfloat16=bfloat16, seed=recipe.seed)
    policy = over_ranks(policy, recipe)
    rows, held_out_rows = (tokenize(policy, reading, lines) for lines in (rated, held_out))
    steps = settings.steps or math.ceil(len(rows) / settings.batch_size)
    optimizer = make_optimizer(policy, "adamw", settings.lr)
    stage = stage_name(out)
    done, _ = load_checkpoint(out, model=policy.model, optimizer=optimizer, say=log.say)
    log.stage(stage, steps=steps, done=done)

    def measure(step: int) -> None:
        """How the held-out rows are ranked."""
        scored = score_rows(policy, held_out, held_out_rows, reading, settings.forward_tokens)
        found = calibration(scored)
        margins = [margin(row) for row in scored]
        loss = sum(softplus(-torch.tensor(margins, dtype=torch.float64)).tolist()) / len(margins)
        log.metrics(
            {"stage": stage, "split": "held_out", "step": step, "loss": loss, "accuracy": found["accuracy"]}
            | {"margin": sum(margins) / len(margins), "ece": found["ece"]}
        )

    if held_out and not done:
        measure(0)
    for step in range(done + 1, steps + 1):
        start, cpu = time.perf_counter(), time.process_time()
        lr = schedule(step, steps, settings.warmup) * settings.lr
        batch = [rows[i] for i in pick(len(rows), settings.batch_size, step - 1, recipe.seed)]
        measured = update(policy, optimizer, batch, lr, settings.forward_tokens)
        seconds = time.perf_counter() - start
        tokens = sum(len(ids) for row in batch for _, ids in row)
        log.metrics(
            {"stage": stage, "split": "train", "step": step, **measured, "lr": lr, "tokens_per_s": tokens / seconds}
            | {"wall_s": seconds}
            | summed({"cpu_s": time.process_time() - cpu})
        )
        if held_out and (step == steps or step % settings.checkpoint_every == 0):
            measure(step)
        asked = on_any_rank(stop.asked)
        if asked or step % settings.checkpoint_every == 0:
            save_checkpoint(out, step, model=policy.model, optimizer=optimizer)
        if asked:
            raise Interrupted(f"{stage}, step {step} of {steps}")

    if kind == "preference":
        found = score_all(policy, [ids for row in rows for _, ids in row], settings.forward_tokens)
        reading = replace(reading, offset=sum(found) / len(found))
    scored = score_rows(policy, held_out, held_out_rows, reading, settings.forward_tokens) if held_out else []

    def write() -> None:
        part = out / "final.part"
        part.mkdir(parents=True, exist_ok=True)
        if scored:
            calibrated = calibration(scored)
            write_whole(out / CALIBRATION, json.dumps(calibrated, indent=1))
            log.say(table(calibrated))
        write_whole(part / READING, json.dumps(asdict(reading), indent=1))  # save_policy adds the rest

    on_first_rank(write)
    return save_policy(policy, out / "final")


def tokenize(policy: Policy, reading: Reading, rated: Sequence[Rated]) -> list[Row]:
    """Token ids with signs, row by row; RecipeError names the line that has nothing to read, or too much."""
    parts = [(one, sign, text) for one in rated for sign, text in one.parts]
    for one, _, text in parts:
        if not visible(reading.text(text)):
            raise RecipeError(f"{one.where}: nothing is said after the thinking in {text[-80:]!r}: leave it out")
    ids = iter(reading.ids(policy, [one.question for one, _, _ in parts], [text for _, _, text in parts]))
    rows: list[Row] = [[(sign, next(ids)) for sign, _ in one.parts] for one in rated]
    for one, row in zip(rated, rows, strict=True):
        require_positions(policy, max(len(own) for _, own in row), one.where)
    return rows


def score_rows(
    policy: Policy, rated: Sequence[Rated], rows: Sequence[Row], reading: Reading, tokens: int
) -> list[list[Scored]]:
    """The rewards of each row's responses, with their signs and lengths in characters."""
    found = iter(score_all(policy, [ids for row in rows for _, ids in row], tokens))
    return [[Scored(sign, next(found), len(reading.text(text))) for sign, text in one.parts] for one in rated]


def update(
    policy: Policy, optimizer: torch.optim.Optimizer, batch: Sequence[Row], lr: float, tokens: int
) -> dict[str, float]:
    """One optimiser step on the mean over the batch's rows; how many go through at a time changes only the memory."""
    sums = {"loss": 0.0, "accuracy": 0.0, "margin": 0.0}
    costs = [len(row) * max(len(ids) for _, ids in row) for row in batch]
    runs = even_runs(costs, world())
    every = [[[run[i] for i in part] for part in together([costs[b] for b in run], tokens)] for run in runs]
    for part, counts in in_step(every):
        own = [batch[i] for i in part]
        rewards_N = rewards(policy, [ids for row in own for _, ids in row])
        loss_B, margin_B = losses(rewards_N, [[sign for sign, _ in row] for row in own])
        loss = loss_B.sum() * counts / len(batch)
        loss.backward()
        right = ((margin_B > 0).sum() + (margin_B == 0).sum() / 2) / len(batch)
        for name, value in (("loss", loss), ("accuracy", right), ("margin", margin_B.sum() / len(batch))):
            sums[name] += value.item() * counts
    sums = summed(sums)
    grad_norm = clip_gradients(policy)
    set_lr(optimizer, lr)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return {**sums, "grad_norm": grad_norm}


@dataclass(frozen=True)
class RewardModel:
    """A trained reward model; any thread may use it, one at a time."""

    policy: Policy
    reading: Reading
    forward_tokens: int = 16_384
    """Padded tokens that go through the model at a time."""
    lock: Any = field(default_factory=Lock, repr=False, compare=False)

    def scores(self, questions: Sequence[str], responses: Sequence[str]) -> list[float]:
        """The reward of each response, in order; a preference model reads its summary alone.

        Raises RecipeError where one is longer than the model reads.
        """
        with self.lock:
            rows = self.reading.ids(self.policy, questions, responses)
            for ids, question in zip(rows, questions, strict=True):
                require_positions(self.policy, len(ids), f"the response to {question[:80]!r}")
            return score_all(self.policy, rows, self.forward_tokens)

    def helpful(self, summary: str, prompt: Mapping[str, Any]) -> Verdict:
        """The chance that this summary is preferred to an average one of those trained on: σ(r − offset)."""
        summary = need_text(summary, "helpful")
        self._require("preference", "helpful")
        if not visible(self.reading.text(summary)):
            return Verdict(0.0, Reason.NO_ANSWER, note="no summary after the thinking")
        return self._verdict(summary, prompt)

    def harmless(self, completion: str, prompt: Mapping[str, Any]) -> Verdict:
        """The chance that the whole completion is safe: σ(r)."""
        completion = need_text(completion, "harmless")
        self._require("safety", "harmless")
        return self._verdict(completion, prompt)

    def _require(self, kind: str, caller: str) -> None:
        if self.reading.kind != kind:
            raise RecipeError(f"{caller} needs a {kind} model, and this is a {self.reading.kind} model: load the other")

    def _verdict(self, text: str, prompt: Mapping[str, Any]) -> Verdict:
        question = prompt.get("question") if isinstance(prompt, Mapping) else None
        if not isinstance(question, str):
            note = f"the prompt is no mapping with a question as text, but {str(prompt)[:200]!r}"
            return Verdict(None, Reason.VERIFIER_FAILED, note=note)
        try:
            (reward,) = self.scores([question], [text])
        except (RecipeError, RuntimeError) as error:  # too long, no text, out of memory
            return Verdict(None, Reason.VERIFIER_FAILED, note=f"the reward model: {first_line(error)}")
        if not math.isfinite(reward):
            return Verdict(None, Reason.VERIFIER_FAILED, note=f"the reward model says {reward}")
        score = sigmoid(reward - self.reading.offset)
        return Verdict(score, Reason.CORRECT if score > 0.5 else Reason.WRONG, details={"reward": reward})


def load_reward_model(folder: str | Path, device: str = "auto") -> RewardModel:
    """The reward model of a stage's `final` folder, in float32; RecipeError where the folder holds none."""
    file = Path(folder) / READING
    if not file.is_file():
        beside = [str(other.parent) for other in Path(folder).parent.glob(f"*/{READING}")]
        raise RecipeError(f"{str(folder)!r} holds no reward model: no {READING}{nearest(str(folder), beside)}")
    try:
        reading = TypeAdapter(Reading).validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file} is damaged: train the reward model again") from error
    return RewardModel(load_scorer(str(folder), device=device, new_head=False), reading)


def load_judges(recipe: Recipe, helpful: Path | None = None, harmless: Path | None = None) -> dict[str, Scorer]:
    """The verifiers of the reward models in these folders, by the names that they have in a reward."""
    judges: dict[str, Scorer] = {}
    if helpful:
        judges["helpful"] = load_reward_model(helpful, recipe.device).helpful
    if harmless:
        judges["harmless"] = load_reward_model(harmless, recipe.device).harmless
    return judges
