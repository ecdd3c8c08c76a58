"""A model that reads and writes any text byte by byte, and a sampler that has it say what a script says."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from grpo.generate import Rollout
from grpo.policy import Policy

GOOD = "<think>First I add the two numbers, and then I check the sum{how}.</think>The answer is \\boxed{{{sum}}}."
FRENCH = "<think>D'abord je prends les deux nombres, puis je les ajoute, et je suis sûr.</think>So \\boxed{{{sum}}}."
NO_FORMAT = "I add the two numbers and check it, so the answer is \\boxed{{{sum}}}."
WRONG = "<think>I add the two numbers, but I do not check the sum.</think>The answer is \\boxed{{{sum}1}}."
LONG = (
    "<think>The sum of two numbers is what is wanted here, so I look at both of them before I begin. Then I take the "
    "first one and count on from it, one step for each unit of the second, until nothing is left to be added. That is "
    "how children learn it, and it never fails.</think>It is \\boxed{{{sum}}}."
)
CODE = "<think>I add the two numbers with a program:\n```\nprint(2 + 2)\n```</think>It is \\boxed{{{sum}}}."
CUT = "<think>I add the two numbers, and again I add the two numbers"
SCRIPT = {
    "": GOOD, "language": FRENCH, "format": NO_FORMAT, "wrong": WRONG, "paragraph": LONG, "code_block": CODE,
    "truncated": CUT,
}  # fmt: skip
"""Fault → a completion that has it, and but for the last no other."""
WAYS = ["", " by hand", " from the right", " with my fingers"]


def save_byte_model(folder, positions=8192):
    """A tiny Llama with a token for each byte."""
    bytes_of = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate(["<eos>", *bytes_of])}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>").save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=257, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=positions, eos_token_id=0, bos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def task(number):
    """The sum of two numbers as a line of task JSONL."""
    return {"id": f"sum-{number}", "question": f"{number} + {number + 1} = ?", "ground_truth": str(2 * number + 1)}


def says(question, dice, kinds):
    """One completion of a sum, with a fault of these kinds drawn by lot."""
    first, second = map(int, re.findall(r"\d+", question)[-2:])
    return SCRIPT[dice.choice(kinds)].format(sum=first + second, how=dice.choice(WAYS))


def sampler(say=None, kinds=(*SCRIPT, "", "", "", "")):
    """In place of open_engine: what it opens samples the same for the same seed, and another for another."""

    def sample(policy, prompts, group_size, *, seed, max_new_tokens, **options):
        dice = random.Random(seed)
        rollouts = []
        for prompt in prompts:
            question = policy.tokenizer.decode(prompt)
            for _ in range(group_size):
                text = (say or says)(question, dice, kinds)
                ids = policy.tokenizer(text)["input_ids"]
                cut = text == CUT
                rollouts.append(Rollout(ids if cut else [*ids, 0], [0.0] * len(ids), 0.0, truncated=cut))
        yield from enumerate(rollouts)

    return lambda policy, rows, recipe: Scripted(policy, sample)


@dataclass(frozen=True)
class Scripted:
    """An engine that says what `sample` does."""

    policy: Policy
    sampled: Callable
    positions: None = None

    @property
    def tokenizer(self):
        return self.policy.tokenizer

    def sample(self, *arguments, **options):
        return self.sampled(self.policy, *arguments, **options)

    def close(self):
        pass
