"""Is a completion right? By a rule where one reads the ground truth, else by a judge (DeepSeek-R1, section 2.3.3)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from verifiers import Judge, Reason, Verdict, judge_answer, marked, verify_accuracy
from verifiers.accuracy import as_mapping, has_rule

from .config import RecipeError
from .tasks import Task

_PROSE = re.compile(r"(?:[^\W\d_]{2,}\W+){3}[^\W\d_]{2,}")
_FORMULA = re.compile(r"[\\$=^]")


def why_no_rule(task: Task, where: str) -> str:
    """Why no rule decides the task, or nothing; RecipeError where a rule is meant and cannot read the ground truth."""
    truth = task.ground_truth
    found = as_mapping(truth)
    if truth is None:
        return "no ground truth"
    if isinstance(found, Mapping) and not has_rule(found):
        return "its answer names no verifier" if "answer" in found else "no ground truth"
    for answer in (truth, "unknown"):  # the same text may be accepted unread
        verdict = verify_accuracy(f"<think>?</think><answer>{answer}</answer>", truth)
        if verdict.reason is Reason.UNDECIDED and found is None:
            return verdict.note
        if verdict.reason in (Reason.BAD_GROUND_TRUTH, Reason.VERIFIER_FAILED):
            raise RecipeError(f"{where}: task {task.id!r}: no verifier reads its ground truth: {verdict.note}")
    return ""


def has_answer(task: Task) -> bool:
    """Whether the ground truth is a text that a judge could hold an answer against, and is for no rule by its keys."""
    found = as_mapping(task.ground_truth)
    if isinstance(found, Mapping):
        return "answer" in found and not has_rule(found)
    return isinstance(task.ground_truth, str)


def is_prose(ground_truth: Any) -> bool:
    """Whether a text is of words, four in a row, and not of mathematics: a rule would take it word for word.

    >>> is_prose("The moon pulls on the sea."), is_prose("Marie Curie"), is_prose("x = 4 or x = 5")
    (True, False, False)
    """
    if not isinstance(ground_truth, str) or _FORMULA.search(ground_truth):
        return False
    return _PROSE.search(ground_truth) is not None


def by_rule(completion: str, task: Task, *, reasoning: str, summary: str) -> Verdict:
    """What the verifier says that fits the ground truth."""
    return marked(verify_accuracy, reasoning=reasoning, summary=summary)(completion, task.ground_truth)


def open_to_judge(task: Task, verdict: Verdict) -> bool:
    """Whether a judge may say otherwise than this verdict of a rule."""
    return not verdict.correct and has_answer(task) and (verdict.score is None or is_prose(task.ground_truth))


def by_judge(completion: str, task: Task, judge: Judge, *, reasoning: str, summary: str) -> Verdict:
    """What the judge says, who is shown question, answer and ground truth."""
    found = as_mapping(task.ground_truth)

    def ask(text: str, truth: Any) -> Verdict:
        return judge_answer(text, truth, judge=judge, question=task.question)

    truth = found if isinstance(found, Mapping) else task.ground_truth
    return marked(ask, reasoning=reasoning, summary=summary)(completion, truth)


def require_judge(judge: Judge) -> None:
    """Raise RecipeError where the judge does not answer: better now than after hours of sampling."""
    refuse_silence([judge_answer("<answer>four</answer>", "4", judge=judge)])


def refuse_silence(judged: Sequence[Verdict]) -> None:
    """Raise RecipeError where the judge was asked and not once reached."""
    if judged and all(verdict.reason is Reason.VERIFIER_FAILED for verdict in judged):
        raise RecipeError(
            f"the judge does not answer: {judged[-1].note}; see to it, then give the same command again: "
            "what was sampled before is kept"
        )
