"""A score for a whole sequence: a decoder-only model with a sequence-classification head, read at the last token."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from .config import RecipeError
from .loading import pick_device, plain_errors, require_model
from .policy import Policy, pad
from .prompts import make_prompts
from .rated import said, whole
from .settings import Recipe
from .shards import at_root


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a reward model reads a response, in training and in scoring: what reward.json holds."""

    kind: Literal["preference", "safety"]
    template: Literal["auto", "r1_zero", "chat", "question"]
    system: str
    instruction: str
    reasoning: str
    summary: str
    offset: float = 0.0
    """The mean reward of the responses trained on: a response with this one scores .5."""

    def text(self, response: str) -> str:
        """What is read of a response."""
        return (whole if self.kind == "safety" else said)(response, self.reasoning, self.summary)

    def ids(self, policy: Policy, questions: Sequence[str], responses: Sequence[str]) -> list[list[int]]:
        """Token ids of prompt, response and end-of-sequence token."""
        if not responses:
            return []  # which tokenizers do not take
        recipe = Recipe(name="reward", model="", template=self.template)
        recipe = replace(recipe, system=self.system, instruction=self.instruction)
        texts = [self.text(response) for response in responses]
        for text in (*questions, *texts):
            if not text.isascii() and re.search("[\ud800-\udfff]", text):
                raise RecipeError(f"{text[:80]!r} holds half a surrogate pair, which is no text")
        _, prompts = make_prompts(policy, questions, recipe)
        rows = policy.tokenizer(texts, add_special_tokens=False)["input_ids"]
        return [[*prompt, *ids, policy.tokenizer.eos_token_id] for prompt, ids in zip(prompts, rows, strict=True)]


def load_scorer(
    name: str, *, device: str = "auto", bfloat16: bool = False, seed: int = 0, new_head: bool = True
) -> Policy:
    """Load a decoder-only folder or hub name with one score at its end; a head that it lacks is drawn by the seed.

    Raises RecipeError as `load_policy` does, and where the score cannot be had from the last token's hidden state.
    """
    require_model(name)
    with plain_errors(name):
        tokenizer = AutoTokenizer.from_pretrained(name)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            name, num_labels=1, dtype=torch.float32, output_loading_info=True
        )
    lost = sorted(key for key in report["missing_keys"] if not (new_head and key.startswith("score.")))
    if lost or not hasattr(model, "score"):
        lack = f"has no weights for {lost[0]}" if lost else "has no score head"
        raise RecipeError(f"model {name!r} ({type(model).__name__}) {lack}: use a decoder-only model")
    dice = torch.Generator().manual_seed(seed)
    for key in sorted(report["missing_keys"]):
        torch.nn.init.normal_(model.get_parameter(key), std=0.02, generator=dice)
    rows, largest = model.get_input_embeddings().weight.shape[0], max(tokenizer.get_vocab().values())
    if largest >= rows:
        raise RecipeError(f"the tokenizer of {name!r} has token ids up to {largest}, but the model only {rows} rows")
    if tokenizer.eos_token_id is None:
        raise RecipeError(f"the tokenizer of {name!r} has no EOS token, where a score is read: set tokenizer.eos_token")
    policy = Policy(model.to(pick_device(device)).eval(), tokenizer, frozenset({tokenizer.eos_token_id}), bfloat16)
    check_score(policy, name)
    return policy


@at_root
def rewards(policy: Policy, sequences: Sequence[Sequence[int]], *, left: bool = False) -> Tensor:
    """Rewards [B] in float32, each read at its sequence's last token, on whichever side the others are padded.

    transformers takes the last token that is not the padding token, and so one too early where that is also the
    end-of-sequence token.
    """
    ids_BT, mask_BT = pad(sequences, left=left, device=policy.device)
    positions_BT = (mask_BT.cumsum(1) - 1).clamp(min=0)
    last_B = (mask_BT * torch.arange(mask_BT.shape[1], device=policy.device)).argmax(1)
    with policy.autocast():
        hidden_BTD = policy.model.base_model(
            input_ids=ids_BT,
            attention_mask=None if mask_BT.all() else mask_BT.long(),
            position_ids=positions_BT,
            use_cache=False,
        ).last_hidden_state
    last_BD = hidden_BTD[torch.arange(len(sequences), device=policy.device), last_B]
    rewards_B: Tensor = policy.model.score(last_BD.float())[:, 0]  # bfloat16 would round away small margins
    return rewards_B


@torch.no_grad()
def check_score(policy: Policy, name: str) -> None:
    """Raise RecipeError unless our score, padded, is that of the model's own forward pass, on a short probe."""
    unused = policy.model.config.get_text_config().pad_token_id
    count = policy.model.get_input_embeddings().weight.shape[0]
    probe = [i for i in range(min(8, count)) if i != unused]
    with policy.autocast():
        theirs = policy.model(input_ids=torch.tensor([probe], device=policy.device)).logits.float().item()
    gap = max(
        abs(rewards(policy, [probe[:2], probe, probe * 2], left=left)[1].item() - theirs) for left in (True, False)
    )
    if not gap < (0.1 if policy.bfloat16 else 1e-3):
        raise RecipeError(
            f"model {name!r} ({type(policy.model).__name__}): the score at the last token differs from the model's own "
            f"by {gap:.2g}; its head does something this trainer does not know"
        )


def together(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Which go through the model together: by length, at most `budget` padded tokens at a time, but at least one.

    >>> list(together([3, 9, 4, 2], 8))
    [[3, 0], [2], [1]]
    """
    part: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if part and (len(part) + 1) * lengths[i] > budget:
            yield part
            part = []
        part.append(i)
    if part:
        yield part


@torch.no_grad()
def score_all(policy: Policy, sequences: Sequence[list[int]], tokens: int) -> list[float]:
    """The reward of each sequence, in order."""
    found = [0.0] * len(sequences)
    for part in together([len(ids) for ids in sequences], tokens):
        for i, reward in zip(part, rewards(policy, [sequences[i] for i in part]).tolist(), strict=True):
            found[i] = reward
    return found
