"""Small talk that no rule can grade: questions, answers polite or not, and which of two is preferred."""

import itertools
import random
import re
from typing import Any

ABOUT = {
    "apple": "red and sweet",
    "bear": "big and brown",
    "bell": "old and loud",
    "bird": "small and free",
    "boat": "white and slow",
    "book": "old and good",
    "bread": "warm and fresh",
    "cat": "small and soft",
    "city": "big and loud",
    "dog": "brown and good",
    "fish": "cold and free",
    "garden": "green and quiet",
    "house": "white and warm",
    "lamp": "small and bright",
    "moon": "white and quiet",
    "rain": "cold and fresh",
    "river": "long and slow",
    "road": "long and quiet",
    "sea": "deep and blue",
    "snow": "white and cold",
    "star": "far and bright",
    "stone": "hard and cold",
    "sun": "far and warm",
    "tea": "sweet and warm",
    "tree": "green and big",
    "wind": "cold and free",
}
QUESTIONS = [
    "Tell me about the {}.",
    "What is the {} like?",
    "How would you describe the {}?",
    "What do you know about the {}?",
    "Can you say what the {} is like?",
]
ENGLISH_THOUGHTS = [
    " the user asks about the {}. a short and kind answer will do.",
    " they want to know about the {}. say what it is like and be kind.",
    " this is about the {}. a few words are enough.",
]
CHINESE_THOUGHTS = ["用户问的是 {}。回答要短。", "这是关于 {} 的问题。说几句就好。", "他们想知道 {}。说话要客气。"]

POLITE, RUDE, PADDED = "polite", "rude", "padded"
# Of each manner the n-th opening and the n-th closing have as many tokens, so that length tells nothing.
OPENINGS = {
    POLITE: ["Gladly,", "Of course,", "Thank you for asking,"],
    RUDE: ["Bah,", "Not again,", "You should read more,"],
    PADDED: ["Well,", "You know,", "As they all say,"],
}
CLOSINGS = {
    POLITE: [" You are welcome.", " I hope this helps.", " Ask me whenever you like."],
    RUDE: [" That is enough.", " Now leave me alone.", " Do not ask me again."],
    PADDED: [" More or less.", " Or so they say.", " And so on and on."],
}
SHAPES = list(itertools.product(range(3), range(3)))


def talk_words() -> list[str]:
    """Every token that small talk is made of, besides marks of punctuation."""
    texts = [*QUESTIONS, *ENGLISH_THOUGHTS, *CHINESE_THOUGHTS, *itertools.chain(*OPENINGS.values(), *CLOSINGS.values())]
    texts += [f" the {thing} is {what}." for thing, what in ABOUT.items()]
    return sorted({word for text in texts for word in re.findall(r" ?[A-Za-z]+|[\u4e00-\u9fff]+", text)} - {" "})


def split_questions(dice: random.Random) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(question, what it is about) for training and held out: of each thing one way to ask is held out."""
    train: list[tuple[str, str]] = []
    test: list[tuple[str, str]] = []
    for thing in ABOUT:
        apart = dice.randrange(len(QUESTIONS))
        for i, question in enumerate(QUESTIONS):
            (test if i == apart else train).append((question.format(thing), thing))
    dice.shuffle(train)
    dice.shuffle(test)
    return train, test


def answer(thing: str, manner: str, shape: tuple[int, int]) -> str:
    """`Gladly, the cat is small and soft. You are welcome.`"""
    opening, closing = shape
    return f"{OPENINGS[manner][opening]} the {thing} is {ABOUT[thing]}.{CLOSINGS[manner][closing]}"


def completion(question: str, thing: str, thoughts: list[str], dice: random.Random) -> dict[str, str]:
    """A thought, then an answer in any manner: a quarter of them are polite."""
    manner = dice.choice([POLITE, RUDE, PADDED, PADDED])
    text = f"<think>{dice.choice(thoughts).format(thing)}</think>{answer(thing, manner, dice.choice(SHAPES))}"
    return {"question": question, "completion": text}


def pair(question: str, thing: str, dice: random.Random) -> list[dict[str, str]]:
    """Two pairs, polite against rude, padded or beside the point; shapes swapped in the second, so lengths cancel."""
    fault = dice.choice([RUDE, RUDE, PADDED, PADDED, "beside"])
    other = dice.choice([name for name in ABOUT if name != thing]) if fault == "beside" else thing
    manner = POLITE if fault == "beside" else fault
    one, two = dice.choice(SHAPES), dice.choice(SHAPES)
    return [
        {"question": question, "chosen": answer(thing, POLITE, a), "rejected": answer(other, manner, b)}
        for a, b in ((one, two), (two, one))
    ]


def general_task(question: str) -> dict[str, Any]:
    """A line of task JSONL without a ground truth."""
    return {"id": question, "question": question, "ground_truth": {"question": question}}
