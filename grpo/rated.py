"""Responses that somebody has rated, as JSONL: pairs of which one is preferred, completions that are safe or not."""

from dataclasses import dataclass
from pathlib import Path

from verifiers.extract import answer_part, visible
from verifiers.summary import in_think_tags

from .config import RecipeError
from .tasks import read_jsonl


@dataclass(frozen=True)
class Rated:
    """A question with its responses: chosen (+1) and rejected (−1), or one that is safe (+1) or not (−1)."""

    question: str
    parts: tuple[tuple[int, str], ...]
    where: str
    """File and line."""


def load_pairs(path: Path) -> list[Rated]:
    """Read {question, chosen, rejected} lines. Raises RecipeError naming the line and what is wrong with it."""
    pairs = []
    for number, row in read_jsonl(path, {"question": str, "chosen": str, "rejected": str}):
        where = f"{path}, line {number}"
        for side in ("question", "chosen", "rejected"):
            if not visible(row[side]):
                raise RecipeError(f"{where}: {side!r} is empty: give it a text, or leave the pair out")
        if row["chosen"].strip() == row["rejected"].strip():
            raise RecipeError(f"{where}: 'chosen' and 'rejected' are the same, so neither is preferred: leave it out")
        pairs.append(Rated(row["question"], ((1, row["chosen"]), (-1, row["rejected"])), where))
    return pairs


def load_points(path: Path) -> list[Rated]:
    """Read {question, completion, safe} lines. Raises RecipeError naming the line and what is wrong with it."""
    points = []
    for number, row in read_jsonl(path, {"question": str, "completion": str, "safe": bool}):
        where = f"{path}, line {number}"
        for side in ("question", "completion"):
            if not visible(row[side]):
                raise RecipeError(f"{where}: {side!r} is empty: give it a text, or leave the line out")
        points.append(Rated(row["question"], ((1 if row["safe"] else -1, row["completion"]),), where))
    signs = {one.parts[0][0] for one in points}
    if len(signs) == 1:
        kind = "safe" if signs == {1} else "unsafe"
        raise RecipeError(f"{path}: every completion is {kind}: there is nothing to tell apart, so add others")
    return points


def whole(response: str, reasoning: str, summary: str) -> str:
    """The response with `<think>` and `</think>` in place of the marks, as RL hands it to verifiers.

    >>> whole("<|r|>Hm.<|s|>4", "<|r|>", "<|s|>"), whole("<think>Hm.</think>4", "<|r|>", "<|s|>")
    ('<think>Hm.</think>4', '<think>Hm.</think>4')
    """
    if reasoning not in response and summary not in response:
        return response
    return in_think_tags(response, reasoning=reasoning, summary=summary)


def said(response: str, reasoning: str, summary: str) -> str:
    """The final summary, which alone is judged for helpfulness: what stands after the thinking.

    >>> said("<think>Hm.</think> It is 4. ", "<think>", "</think>")
    'It is 4.'
    """
    return (answer_part(whole(response, reasoning, summary)).answer or "").strip()
