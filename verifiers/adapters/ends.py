"""A completion without the tokens that end it, which some stacks leave in its text."""

from __future__ import annotations

ENDS = (
    "<|im_end|>",  # Qwen, SmolLM2
    "<|endoftext|>",
    "<|eot_id|>",  # Llama 3
    "<|end_of_text|>",
    "</s>",  # Llama 2, Mistral
    "<eos>",  # Gemma
    "<end_of_turn>",
    "<｜end▁of▁sentence｜>",  # DeepSeek
    "<|return|>",  # gpt-oss
    "<|end|>",  # Phi
    "<|endofassistant|>",
    "<turn|>",
    "<pad>",
    "<|pad|>",
    "<|finetune_right_pad_id|>",
)


def without_end(completion: str) -> str:
    """The text without the end tokens that it closes with: as text they would spoil the format of a right answer.

    >>> without_end("<think>2 + 2</think><answer>4</answer><|im_end|>")
    '<think>2 + 2</think><answer>4</answer>'
    """
    end = len(completion)
    while token := next((token for token in ENDS if completion.endswith(token, 0, end)), None):
        end -= len(token)
    return completion[:end]
