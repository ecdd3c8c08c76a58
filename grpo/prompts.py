"""A question as exactly what the policy reads: text, then token ids."""

from collections.abc import Sequence
from typing import Any, Protocol

from .config import RecipeError
from .settings import Recipe

R1_ZERO_TEMPLATE = (
    "A conversation between User and Assistant. The user asks a question and the Assistant solves it. The Assistant "
    "first thinks about the reasoning process in its mind and then gives the user the answer. The reasoning process is "
    "enclosed in <think> </think> tags and the answer in <answer> </answer> tags: <think> reasoning process here "
    "</think> <answer> answer here </answer>. User: {question}. Assistant:"
)
"""In the manner of DeepSeek-R1, table 1: a plain conversation that asks for the format and hints at no content."""


class Reader(Protocol):
    """Whatever has a tokenizer: a policy, or an engine."""

    @property
    def tokenizer(self) -> Any: ...


def prompt_text(
    policy: Reader, question: str, *, template: str, system: str = "", instruction: str = "{question}"
) -> str:
    """Exactly what the policy reads, by the recipe's template."""
    content = instruction.replace("{question}", question)
    if uses_chat(policy, template):
        messages = [{"role": "system", "content": system}] * bool(system) + [{"role": "user", "content": content}]
        text: str = policy.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return text
    return content if template == "question" else R1_ZERO_TEMPLATE.replace("{question}", content)


def begun(prompt: str, mark: str) -> str:
    """The mark, where the prompt has written it already, as the chat template of DeepSeek-R1 itself does; else nothing.

    >>> begun("<|Assistant|><think>\\n", "<think>"), begun("1 + 1?", "<think>")
    ('<think>', '')
    """
    return mark if prompt.rstrip().endswith(mark) else ""


def uses_chat(policy: Reader, template: str) -> bool:
    """Whether the tokenizer's chat template makes the prompts; raises RecipeError where it should and there is none."""
    if template == "chat" and not policy.tokenizer.chat_template:
        raise RecipeError("template is 'chat', but the tokenizer has no chat template: use 'r1_zero' or 'question'")
    return template == "chat" or (template == "auto" and bool(policy.tokenizer.chat_template))


def encode(policy: Reader, prompts: Sequence[str], *, template: str) -> list[list[int]]:
    """Token ids of prompts; one start token where the tokenizer has it, written by the chat template or put before."""
    chat = uses_chat(policy, template)
    rows = policy.tokenizer(list(prompts), add_special_tokens=not chat)["input_ids"]
    eos = policy.tokenizer.eos_token_id
    rows = [ids[:-1] if ids and ids[-1] == eos and not chat else ids for ids in rows]
    for prompt, ids in zip(prompts, rows, strict=True):
        if not ids:
            raise RecipeError(f"the prompt {prompt!r} has no tokens: give every question a text")
    return rows


def make_prompts(policy: Reader, questions: Sequence[str], recipe: Recipe) -> tuple[list[str], list[list[int]]]:
    """What the policy reads for each question: the text, and its token ids."""
    if recipe.system and not uses_chat(policy, recipe.template):
        raise RecipeError("system is set, which only a chat template has a place for: put it into instruction instead")
    look = {"template": recipe.template, "system": recipe.system, "instruction": recipe.instruction}
    prompts = [prompt_text(policy, question, **look) for question in questions]
    return prompts, encode(policy, prompts, template=recipe.template)
