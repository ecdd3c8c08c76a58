"""Right reward functions, one for each stack's signature: no law may accuse them."""

import asyncio
import re
from decimal import Decimal
from fractions import Fraction

from verifiers import R1_ZERO, Reward, verify_format, verify_math
from verifiers.laws.text_tasks import ENGLISH


def verdict(completion, ground_truth):
    return verify_math(completion, ground_truth)


def reward(completion, ground_truth) -> Reward:
    return R1_ZERO(completion, ground_truth)


def number(completion: str, ground_truth: str) -> "float | None":
    return verify_math(completion, ground_truth).score


def boolean(response, answer):
    verdict = verify_math(response, answer)
    return None if verdict.score is None else verdict.correct


def positional(text, truth, /, weight=2.0):
    score = verify_math(text, truth).score
    return None if score is None else weight * score


def trl(prompts, completions, answer, **columns):
    assert all(isinstance(text, str) for text in (*prompts, *completions))
    return [verify_math(*pair).score for pair in zip(completions, answer, strict=True)]


def trl_columns_alone(completions, **columns):
    return [verify_math(*pair).score for pair in zip(completions, columns["ground_truth"], strict=True)]


def trl_everything(prompts, completions, completion_ids, solution, trainer_state, log_extra, log_metric):
    assert all(isinstance(number, int) for ids in completion_ids for number in ids)
    log_extra("solution", solution)
    log_metric("count", len(solution))
    return [verify_math(*pair).score for pair in zip(completions, solution, strict=True)]


def conversational(prompts, completions, answer, **columns):
    assert all(prompt[-1]["role"] == "user" for prompt in prompts)
    texts = [messages[0]["content"] for messages in completions]
    return [verify_math(*pair).score for pair in zip(texts, answer, strict=True)]


def open_r1(completions: "list[list[dict[str, str]]]", solution: "list[str]", **kwargs) -> "list[float | None]":
    contents = [completion[0]["content"] for completion in completions]
    return [verify_math(*pair).score for pair in zip(contents, solution, strict=True)]


async def trl_async(completions, answer, **columns):
    await asyncio.sleep(0)
    return [verify_math(*pair).score for pair in zip(completions, answer, strict=True)]


async def plain_async(completion, ground_truth):
    await asyncio.sleep(0)
    return verify_math(completion, ground_truth)


class Stateless:
    async def __call__(self, completions, answer, **columns):
        return [verify_math(*pair).score for pair in zip(completions, answer, strict=True)]


def verl(data_source, solution_str, ground_truth, extra_info=None):
    assert data_source
    return verify_math(solution_str, ground_truth).score


def verl_mapping(data_source, solution_str, ground_truth, extra_info, **kwargs):
    assert extra_info == {}
    return {"score": verify_math(solution_str, ground_truth).score, "note": "so"}


def verl_tuple(data_source, solution_str, ground_truth, extra_info=None):
    verdict = verify_math(solution_str, ground_truth)
    return verdict.score, True, verdict.answer


def verl_batch(data_sources, solution_strs, ground_truths, extra_infos):
    assert len(data_sources) == len(solution_strs)
    return [verify_math(*pair).score for pair in zip(solution_strs, ground_truths, strict=True)]


def openrlhf(queries, prompts, labels, **kwargs):
    texts = [query[len(prompt) :] for query, prompt in zip(queries, prompts, strict=True)]
    scores = [verify_math(*pair).score for pair in zip(texts, labels, strict=True)]
    return {"rewards": scores, "scores": scores, "extra_logs": {}}


def areal(prompt, completions, prompt_ids, completion_ids, answer, **columns):
    return verify_math(completions, answer).score


def strangely_named(alpha, beta):
    return verify_math(beta, alpha).score


RIGHT = [
    *[verdict, reward, number, boolean, positional, trl, trl_columns_alone, trl_everything, conversational, open_r1],
    *[trl_async, plain_async, Stateless(), verl, verl_mapping, verl_tuple, verl_batch, openrlhf, areal],
]


def verify_layout(completion, ground_truth=None):
    """A layout of its own: lines between the tags."""
    found = re.fullmatch(r"<think>\n(.*?)\n</think>\n<answer>\n(.*?)\n</answer>", completion.strip(), re.DOTALL)
    return float(bool(found) and all(part.strip() and "<" not in part for part in found.groups()))


def in_english(completion, ground_truth=None):
    """The share of known words."""
    words = re.findall(r"\w+", completion.split("</think>")[0].replace("<think>", ""))
    known = {word for sentence in ENGLISH for word in re.findall(r"\w+", sentence)}
    return sum(word in known for word in words) / max(1, len(words))


def partial_credit(completion, ground_truth):
    """A tenth for the format, as many have it, in exact numbers."""
    verdict = verify_math(completion, ground_truth)
    return None if verdict.score is None else verdict.correct + Fraction(verify_format(completion).correct, 10)


def minus_one(completion, ground_truth):
    """-1 for what is wrong."""
    verdict = verify_math(completion, ground_truth)
    return None if verdict.score is None else 2 * Decimal(verdict.score) - 1


def after_hashes(completion, ground_truth):
    """Whole numbers after ####, as GSM8K writes its ground truths too."""
    if not ground_truth or "####" not in ground_truth:
        raise ValueError("no ####")
    said = completion.split("</think>")[-1] if "<think>" not in completion.split("</think>")[-1] else ""
    *_, last = said.split("####") if "####" in said else ["", ""]
    return verify_math(f"#### {last.strip()}", ground_truth.split("####")[-1]).score


KINDS = [
    (verify_math, "choice", None),
    (verify_layout, "format", None),
    (in_english, "language", None),
    (partial_credit, "math", ["integers", "intervals"]),
    (minus_one, "math", ["integers", "intervals"]),
    (after_hashes, "math", ["integers", "thousands"]),
]
