"""Multiple choice in science: MMLU, MMLU-Pro, GPQA, ARC, SciQ."""

import random
import string

from .drafts import Draft, Refused, Row, columns, first_text, texts

ASKED = "Answer with the letter of the right choice."
MMLU_COLUMNS = ("question", "A", "B", "C", "D", "answer")
"""Of hendrycks/test's CSV files, which have no head line."""


def mmlu(row: Row) -> Draft:
    """The task of an MMLU row: {question, subject, choices, answer: 0 to 3} (cais/mmlu) or {question, A, B, C, D,
    answer: "B"} (hendrycks/test's CSV). MMLU-Pro's too: {question, options, answer: "I", category, src}
    (TIGER-Lab/MMLU-Pro).

    >>> mmlu({"question": "Big?", "choices": ["no", "yes", "so", "si"], "answer": 1}).ground_truth
    {'answer': 'B', 'choices': ['no', 'yes', 'so', 'si']}
    """
    listed = row.get("choices", row.get("options"))
    choices = listed if isinstance(listed, list) else [row.get(letter) for letter in "ABCD"]
    return choice(
        first_text(row, "question"),
        choices,
        row.get("answer"),
        columns(row, subject=("subject", "category"), source=("src",)),
    )


def arc(row: Row) -> Draft:
    """The task of an ARC row: {id, question, choices: {text, label}, answerKey} (allenai/ai2_arc), or AI2's own JSONL,
    {question: {stem, choices: [{text, label}]}, answerKey}. Labels may be 1 to 4."""
    asked = row.get("question")
    inner = asked if isinstance(asked, dict) else {"stem": asked, "choices": row.get("choices")}
    question, listed = inner.get("stem"), inner.get("choices")
    if isinstance(listed, list):
        own = [each for each in listed if isinstance(each, dict)]
        listed = {key: [each.get(key) for each in own] for key in ("text", "label")}
    if not isinstance(listed, dict) or not all(isinstance(listed.get(key), list) for key in ("text", "label")):
        raise Refused(f'expected "choices" with lists of "text" and "label", found {listed!r:.60}')
    labels, answer = listed["label"], row.get("answerKey")
    if answer not in labels:
        raise Refused(f'expected "answerKey" to be one of {labels}, found {answer!r}', "no answer")
    return choice(first_text({"question": question}, "question"), listed["text"], labels.index(answer), {})


def gpqa(row: Row, seed: int) -> Draft:
    """The task of a GPQA row: {Question, Correct Answer, Incorrect Answer 1 to 3, Subdomain, High-level domain, …}, the
    CSV of idavidrein/gpqa and of the hub; the choices in an order of their own by the seed and the question."""
    question, *choices = texts(row, "Question", "Correct Answer", *(f"Incorrect Answer {i}" for i in (1, 2, 3)))
    kept = columns(row, subject=("Subdomain", "High-level domain"), level=("Writer's Difficulty Estimate",))
    return shuffled(question, choices, seed, kept)


def sciq(row: Row, seed: int) -> Draft:
    """The task of a SciQ row: {question, correct_answer, distractor1 to 3, support} (allenai/sciq); shuffled too."""
    question, *choices = texts(row, "question", "correct_answer", *(f"distractor{i}" for i in (1, 2, 3)))
    return shuffled(question, choices, seed, {})


def shuffled(question: str, choices: list[str], seed: int, kept: Row) -> Draft:
    """The right one stands first in what is given, and anywhere in what is asked."""
    order = random.Random(f"{seed} {question}").sample(range(len(choices)), len(choices))
    return choice(question, [choices[place] for place in order], order.index(0), kept)


def choice(question: str, choices: list[object], answer: object, kept: Row) -> Draft:
    """The question with its choices below it, and the letter of the right one."""
    shown = [" ".join(str(each).split()) for each in choices if isinstance(each, (str, int, float))]
    if len(shown) < len(choices) or not 2 <= len(shown) <= 26 or not all(shown):
        raise Refused(f"expected 2 to 26 choices with texts, found {choices!r:.80}")
    letters = string.ascii_uppercase[: len(shown)]
    if isinstance(answer, str) and answer.strip() in letters:
        answer = letters.index(answer.strip())
    if isinstance(answer, str) and answer.isdecimal():
        answer = int(answer)
    if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < len(shown):
        raise Refused(f"expected the answer to be one of {letters} or its place, found {answer!r}", "no answer")
    alike = [letters[i] for i, own in enumerate(shown) if own.casefold() == shown[answer].casefold()]
    if len(alike) > 1:
        raise Refused(f"choices {' and '.join(alike)} are the same: {shown[answer]!r:.60}", "two choices alike")
    lines = "\n".join(f"{letter}. {text}" for letter, text in zip(letters, shown, strict=True))
    ground_truth = {"answer": letters[answer], "choices": shown}
    asked = f"{question.strip()}\n\n{lines}\n\n{ASKED}"
    return Draft(asked, ground_truth, "choice", f"\\boxed{{{letters[answer]}}}", columns=kept)
