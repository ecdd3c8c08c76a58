"""What the policy wrote, without the prompt before it and the tokens that end it, where a stack leaves these there."""

from __future__ import annotations

from collections.abc import Sequence

ENDS = (
    "<|im_end|>",  # Qwen, SmolLM2
    "<|endoftext|>",
    "<|eot_id|>",  # Llama 3
    "<|end_of_text|>",
    "</s>",  # Llama 2, Mistral
    "<eos>",  # Gemma
    "<end_of_turn>",
    "<｜end▁of▁sentence｜>",  # DeepSeek
    "<|end▁of▁sentence|>",
    "<|return|>",  # gpt-oss
    "<|end|>",  # Phi
    "<|endofassistant|>",
    "<turn|>",
    "<pad>",
    "<|pad|>",
    "<|finetune_right_pad_id|>",
)
"""Tokens with which tokenizers end a completion."""
_LEAST = 32
"""So many characters of a prompt whose beginning was cut off have to be there, to be sure that it is this one."""
_PLACES = 1000  # a repetitive prompt has its beginning in many


def without_end(completion: str, ends: Sequence[str] = ENDS) -> str:
    """The text without the end tokens that it closes with: as text they would spoil the format of a right answer.

    >>> without_end("<think>2 + 2</think><answer>4</answer><|im_end|>\\n")
    '<think>2 + 2</think><answer>4</answer>'
    """
    end = len(completion)
    while True:
        bare = end
        while bare and completion[bare - 1].isspace():
            bare -= 1
        token = next((token for token in ends if token and completion.endswith(token, 0, bare)), None)
        if token is None:
            return completion[:end]
        end = bare - len(token)


def completion_of(query: str, prompt: str, *, ends: Sequence[str] = ENDS) -> str | None:
    """The query without its prompt and its end; None where it does not begin with the prompt.

    The tokenizer may have spaced the prompt anew, or its beginning may have been cut off where it was too long.

    >>> completion_of("Q: 2 + 2?\\nA: 4<|im_end|>", "Q: 2 + 2?\\nA:")
    ' 4'
    """
    begins = _after_prompt(query, prompt)
    return None if begins is None else without_end(query[begins:], ends)


def _after_prompt(query: str, prompt: str) -> int | None:
    if query.startswith(prompt):
        return len(prompt)
    begins = _past(query, prompt)
    if begins is not None:
        return begins
    first = query[:_LEAST]
    at = prompt.find(first, 1) if len(first) == _LEAST else -1
    for _ in range(_PLACES):
        if at < 0:
            return None
        if query.startswith(prompt[at:]):
            return len(prompt) - at
        at = prompt.find(first, at + 1)
    return None


def _past(query: str, prompt: str) -> int | None:
    """Where the query goes on after the prompt, of which only the white space may differ."""
    at = 0
    for character in prompt:
        if character.isspace():
            continue
        while at < len(query) and query[at].isspace():
            at += 1
        if at == len(query) or query[at] != character:
            return None
        at += 1
    return at
