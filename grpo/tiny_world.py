"""All that R1 needs, in miniature: two untrained models, a corpus in two languages, puzzles, small talk."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import tiny_talk
from .sign_puzzle import answer_text, attempt_text, signs, split_tasks
from .tasks import write_jsonl
from .tiny_model import save_model


@dataclass(frozen=True)
class Language:
    """The words that carry a search, one token each, and how soon one who thinks in them gives up."""

    so: str
    wait: str
    off: str
    no: str
    yes: str
    give_up: float
    """Chance to stop searching after a wrong attempt."""


ENGLISH = Language("so ", "wait ", " off ", " no\n", " yes", give_up=0.75)
CHINESE = Language("所以 ", "等等 ", " 差 ", " 不对\n", " 对", give_up=0.25)
"""Those who think in Chinese try longer: RL on accuracy alone mixes, and the language reward has something to do."""
PATIENT = replace(ENGLISH, give_up=0.0)
SWITCH = 0.35
"""Chance that the next attempt of a trace of the corpus is in the other language."""
SLIP = 0.05
"""Chance of each word of such a trace to be of the other language."""


def make_tiny_world(
    folder: Path,
    seed: int,
    *,
    numbers: int = 4,
    largest: int = 5,
    corpus: int = 32_000,
    cold_start: int = 400,
    held_out: int = 256,
    general_sft: int = 800,
    pairs: int = 2_000,
) -> None:
    """Write base/ and small/ (untrained models with their tokenizer) and the data of all of R1's stages.

    No four numbers of a held-out puzzle occur in training, in whatever order; no general question is in both parts.
    """
    dice = random.Random(seed)
    train, test = split_tasks(dice, numbers, largest)
    asked, unasked = tiny_talk.split_questions(dice)
    write_jsonl(folder / "train.jsonl", train)
    write_jsonl(folder / "held_out.jsonl", test[:held_out])
    write_jsonl(folder / "corpus.jsonl", (page(i, train, asked, dice) for i in range(corpus)))
    write_jsonl(folder / "cold_start.jsonl", (readable_trace(train[-1 - i], dice) for i in range(cold_start)))
    write_jsonl(folder / "general_train.jsonl", (tiny_talk.general_task(question) for question, _ in asked))
    write_jsonl(folder / "general_held_out.jsonl", (tiny_talk.general_task(question) for question, _ in unasked))
    write_jsonl(
        folder / "general_sft.jsonl",
        (tiny_talk.completion(*asked[i % len(asked)], tiny_talk.ENGLISH_THOUGHTS, dice) for i in range(general_sft)),
    )
    for name, questions, count in (("pairs", asked, pairs), ("pairs_held_out", unasked, pairs // 8)):
        lines = [line for i in range(count // 2) for line in tiny_talk.pair(*questions[i % len(questions)], dice)]
        dice.shuffle(lines)
        write_jsonl(folder / f"{name}.jsonl", lines)
    save_base(folder / "base", 2 * numbers * largest, seed)
    save_base(folder / "small", 2 * numbers * largest, seed, width=96)


def page(
    number: int, puzzles: Sequence[dict[str, Any]], questions: Sequence[tuple[str, str]], dice: random.Random
) -> dict[str, str]:
    """A line of the corpus: every eighth is small talk, the others are searches, both in two languages."""
    if number % 8 == 7:
        thoughts = dice.choice([tiny_talk.ENGLISH_THOUGHTS, tiny_talk.CHINESE_THOUGHTS])
        return tiny_talk.completion(*questions[number // 8 % len(questions)], thoughts, dice)
    return trace(puzzles[number % len(puzzles)], dice, [ENGLISH, CHINESE], switch=SWITCH, slip=SLIP)


def readable_trace(puzzle: dict[str, Any], dice: random.Random) -> dict[str, str]:
    """A search in English that ends at the right answer, at the third attempt or before."""
    terms, target = puzzle["ground_truth"]["numbers"], puzzle["ground_truth"]["target"]
    right = [attempt_text(terms, choice)[1] for choice in signs(len(terms))].index(target)
    return trace(puzzle, dice, [PATIENT], start=right - dice.randrange(3))


def trace(
    puzzle: dict[str, Any],
    dice: random.Random,
    languages: Sequence[Language],
    *,
    switch: float = 0.0,
    slip: float = 0.0,
    start: int | None = None,
) -> dict[str, str]:
    """A worked search as in the sign puzzle, each attempt in one of the languages, up to slips."""
    terms, target = puzzle["ground_truth"]["numbers"], puzzle["ground_truth"]["target"]
    choices = signs(len(terms))
    start = dice.randrange(len(choices)) if start is None else start % len(choices)
    language = dice.choice(languages)

    def word(name: str) -> str:
        own: str = getattr(dice.choice(languages) if dice.random() < slip else language, name)
        return own

    text = word("so")
    for choice in choices[start:] + choices[:start]:
        attempt, value = attempt_text(terms, choice)
        text += f"{attempt}{word('off')}{value - target}{word('yes' if value == target else 'no')}"
        if value == target or dice.random() < language.give_up:
            break
        if dice.random() < switch:
            language = languages[1 - languages.index(language)]
        text += word("wait")
    return {
        "question": puzzle["question"],
        "completion": f"<think>{text}</think>The answer is {answer_text(terms, choice)}.",
    }


def save_base(folder: Path, largest: int, seed: int, *, width: int = 128) -> None:
    """A Llama of under a million random weights; tokens are words, marks and numbers."""
    carry = [
        word for tongue in (ENGLISH, CHINESE) for word in (tongue.so, tongue.wait, tongue.off, tongue.no, tongue.yes)
    ]
    fixed = ["<think>", "</think>", *carry, "The answer is ", " +", " -"]
    words = ["<eos>", "<unk>", *fixed, "=", ",", ":", "?", ".", "。", " ", *tiny_talk.talk_words()]
    pattern = "|".join(word.replace("+", r"\+") for word in fixed) + r"|-?\d+| ?[A-Za-z]+|[\u4e00-\u9fff]+|."
    save_model(folder, words, pattern, largest, seed, width=width)
