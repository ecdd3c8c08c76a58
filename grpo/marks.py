"""Marks of reasoning and summary as tokens of their own, in tokenizer and model."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from tokenizers import AddedToken

from .config import RecipeError
from .policy import Policy


def add_marks(policy: Policy, marks: Sequence[str]) -> Policy:
    """Make each mark that is not one token yet a new one; its embedding and its row of the head are the old ones' mean.

    As in the tokenizers that DeepSeek-R1 came with, the new tokens are not "special": decoding keeps them in the text
    by default, where verifiers look for them.
    """
    tokenizer, model = policy.tokenizer, policy.model
    new = [mark for mark in dict.fromkeys(marks) if not is_token(policy, mark)]
    if not new:
        return policy
    old = sorted(set(tokenizer.get_vocab().values()))
    tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in new])
    ids = sorted(set(tokenizer.convert_tokens_to_ids(new)) - set(old))
    tables = [model.get_input_embeddings(), model.get_output_embeddings()]
    if ids and max(ids) >= tables[0].weight.shape[0]:  # some models have rows to spare
        model.resize_token_embeddings(max(ids) + 1, mean_resizing=False)
        tables = [model.get_input_embeddings(), model.get_output_embeddings()]
    with torch.no_grad():
        parameters = [table.weight for table in tables]
        parameters += [tables[1].bias] if getattr(tables[1], "bias", None) is not None else []
        for parameter in {id(one): one for one in parameters}.values():  # input and head may share one
            parameter[ids] = parameter[old].mean(0)
    for mark in new:
        if tokenizer.decode(tokenizer.convert_tokens_to_ids([mark])) != mark:  # byte-level ones mangle other letters
            raise RecipeError(f"the mark {mark!r} does not survive this tokenizer: use one of ASCII, as <|summary|> is")
    return replace(policy, model=model, tokenizer=tokenizer)


def is_token(policy: Policy, mark: str) -> bool:
    """Whether the mark is one token wherever it stands."""
    tokenizer = policy.tokenizer
    number = tokenizer.get_vocab().get(mark)
    if number is None or tokenizer(mark, add_special_tokens=False)["input_ids"] != [number]:
        return False
    within = (tokenizer(f"{a}{mark}{a}", add_special_tokens=False)["input_ids"] for a in ("2", " ", "so", "\n"))
    return all(ids.count(number) == 1 for ids in within)
