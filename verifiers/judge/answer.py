"""Does the answer say what the ground truth says? Decided by a judge, where no rule can: DeepSeek-R1, section 2.3.3."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..extract import Extracted, answer_part, extract_answer, last_box, visible
from ..mapping import unknown_key
from ..types import Reason, Verdict, need_text
from .chat import Ask
from .judge import Judge
from .openers import says_nothing
from .prompt import named_prompt

_KEYS = ("answer", "question")


class _Truth(NamedTuple):
    answer: str
    question: str


def judge_answer(
    completion: str,
    ground_truth: object,
    *,
    judge: Judge | Ask,
    question: str = "",
    opened: bool = False,
    max_chars: int = 8_000,
    prompt: str = "answer-v1",
) -> Verdict:
    """Score 1 where the judge finds that the answer says what the ground truth says (section 2.3.3).

    The ground truth is a text, or a mapping with `answer` and, optionally, `question`. Where the completion marks no
    answer, all that stands after the thinking is judged; pass opened=True where the prompt already ended in `<think>`.
    An answer that is word for word the ground truth is right, and one that says nothing is wrong, without asking.

    >>> judge_answer("<answer>Let's think step by step.</answer>", "Paris", judge=str).note
    'the answer is only how an answer begins'
    """
    completion = need_text(completion, "judge_answer")
    told = named_prompt(prompt, "answer")
    asked = judge if isinstance(judge, Judge) else Judge(judge)
    truth = _truth(ground_truth, question)
    if isinstance(truth, str):
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=truth)
    found = stated_answer(f"<think>{completion}" if opened else completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    answer = found.answer
    most = max(max_chars, 2 * len(truth.answer))
    if len(answer) > most:
        note = f"the answer has {len(answer)} characters, more than {most}"
        return Verdict(0.0, Reason.WRONG, answer[:most], note)
    if _plain(answer) == _plain(truth.answer):
        return Verdict(1.0, Reason.CORRECT, answer, "the ground truth, word for word")
    nothing = says_nothing(answer, truth.answer)
    if nothing:
        return Verdict(0.0, Reason.NO_ANSWER, answer, nothing)
    texts = {"question": truth.question, "ground_truth": truth.answer, "answer": answer}
    said = asked.decide(told, texts)
    if said.word is None:
        reason = Reason.VERIFIER_FAILED if said.failed else Reason.UNDECIDED
        return Verdict(None, reason, answer, said.note, said.details)
    if said.word == "ACCEPT":
        return Verdict(1.0, Reason.CORRECT, answer, details=said.details)
    return Verdict(0.0, Reason.WRONG, answer, "the judge rejects it", said.details)


def stated_answer(completion: str) -> Extracted:
    """The answer that is marked, or else all that stands after the thinking.

    >>> stated_answer("<think>Rome?</think>It is Paris.").answer, stated_answer("<think>It is Paris.").answer
    ('It is Paris.', None)
    """
    found = extract_answer(completion)
    if found.answer is not None:
        return found
    summary = answer_part(completion)
    after = completion.rpartition("</think>")[2]
    if summary.answer is None or "<think>" in after or "<answer>" in after or last_box(after) is not None:
        return found  # it is marked, but blank, not closed or denied
    if not visible(summary.answer):
        return Extracted(None, "nothing stands after the thinking")
    return Extracted(summary.answer.strip())


def _truth(given: Any, question: Any) -> _Truth | str:
    """What to judge by, or a sentence that says what is wrong with it."""
    if isinstance(given, Mapping):
        if fault := unknown_key(given, _KEYS):
            return fault
        if "answer" not in given:
            return "the ground truth has no 'answer'"
        given, question = given["answer"], given.get("question", question)
    if not isinstance(given, str):
        return f"the ground truth is {type(given).__name__}, neither text nor a mapping with answer and question"
    if not visible(given):
        return "the ground truth is blank"
    if not isinstance(question, str):
        return f"the question is {type(question).__name__}, not text"
    return _Truth(given, question)


def _plain(text: str) -> str:
    """The text in one spelling of its letters, however it is spaced. Case stays: Co is not CO."""
    return " ".join(unicodedata.normalize("NFC", text).split())
