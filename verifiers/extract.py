"""Where a completion says its answer, by the rules of "Where the answer is"."""

from __future__ import annotations

import re
from typing import NamedTuple

_ANSWER_TAG = re.compile("<answer>|</answer>")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_SIMPLE_BOX = re.compile(r"\\boxed\{((?:[^{}\\]|\\[A-Za-z]|\{[^{}\\]*\}){0,200})\}")
"""A box of at most 200 plain pieces."""
_BRACES = re.compile(
    r"\\(?:(?:boxed|fbox)\s*\{|.[^\\{}]*(?:\\(?:[^bf]|(?!(?:boxed|fbox)\s*\{).)[^\\{}]*)*)|\{\{*|\}\}*", re.DOTALL
)
"""The beginning of a box, escapes with what follows them, and braces; each begins with a sign of its own, for speed."""
_MOST_BOXES = 1_000  # in a row; what stands before that many is not looked at
_SEPARATORS = re.compile(
    r"(?:[\s,;&$/|*∨∧或和、]|\n[ \t]*[-•]|<br ?/?>|\\(?:lor|land|vee|wedge)\b"
    r"|\\[\\,;:!()\[\] ]|\\q?quad|\\(?:text|mathrm)\s?\{\s?(?:and|or),?\s?\}"
    r"|\b(?:and|or|maybe|possibly|perhaps|else|alternatively|otherwise|versus|or (?:perhaps |maybe )?it is)\b"
    r"|\bvs\b\.?)*",
    re.IGNORECASE,
)
_OR = re.compile(r"[\s,;]*\bor\b[\s,;]*", re.IGNORECASE)
"""Between two blocks, of which then neither is the answer."""
_STATEMENT = re.compile(
    r"####|\banswer(?: to (?:the|this) (?:question|problem))?[*_]{0,2}[ \t]{0,9}(?:is|:|=)[ \t]{0,9}:?[*_]{0,2}",
    re.IGNORECASE,
)
_HEADING = re.compile(r"[#*_ \t]{0,9}(?:the )?(?:final )?answer[:*_ \t]{0,9}", re.IGNORECASE)
_HOPE = re.compile(r"\s+I hope (?:it|this) is correct\.?\s*$")
"""How the few-shot prompts of Minerva end."""
_DENIED_BEFORE = re.compile(
    r"(?:\bnot|n't|\bnever)(?: equal(?: to)?| think(?: that)?| believe(?: that)?| true that| be)?"
    r"(?: (?:it|this|the (?:final |correct )?answer|x)(?: is|'s| equals))?[\s$(\[\\:{]*$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"[\s$)\]\\}.,;:!*-]*(?:(?:no|wait|but|hmm)\b[\s,.]*)*(?:(?:that|this|it|which|and|answer|the)\b\s*)*"
    r"(?:'s|\bis|\bwas|\bseems|\blooks)\s+(?:wrong|incorrect|false|invalid|mistaken|a guess|unlikely|"
    r"not (?:the|my|our|a|correct|right|it|true|valid)\b(?! only))",
    re.IGNORECASE,
)
_NEAR = 60  # so far from a box a word may deny it
_DENIAL = re.compile(r"\b(?:not|no|never|false|wrong|incorrect|reject|doubt|if|unless)\b|n't\b", re.IGNORECASE)
_GAP = 100  # two boxes further apart than this do not stand "one after another"
_BARE_BOX = re.compile(r"\\(?:boxed|fbox)[ ]+([^\s{}$\\]+)")
_ENDING = 4_000  # a statement stands in the last lines, so look no further back
INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF, 0x00AD, 0x034F, 0x180E, 0x061C])


_SPANS = [(0, 9), (14, 28), (127, 160), (0x202A, 0x202F), (0x2065, 0x2070), (0xFE00, 0xFE10), (0xFFF9, 0xFFFC)]
_BLANK_LETTERS = [0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0]
_UNSEEN = INVISIBLE | dict.fromkeys([*_BLANK_LETTERS, *range(0xE0000, 0xE0200)])
_UNSEEN |= dict.fromkeys(code for first, end in _SPANS for code in range(first, end))
"""With what else leaves the paper white: controls, directions, variation selectors, tags, blank letters of Hangul."""


class Extracted(NamedTuple):
    """The answer's text, or None and why there is none."""

    answer: str | None
    note: str = ""


def visible(text: str) -> bool:
    """Whether any character of it could be seen: whitespace and zero-width characters could not."""
    if text[:1].isascii() and text[:1].isalnum():
        return True
    return any(bool(part.translate(_UNSEEN).strip()) for part in (text[:1000], text[1000:]))


def extract_answer(completion: str) -> Extracted:
    r"""The answer of a completion; the thinking never counts.

    >>> extract_answer(r"<think>\boxed{3}?</think> so \boxed{4}").answer
    '4'
    >>> extract_answer("4").note
    'no <answer> block, no box and no statement of an answer after the thinking'
    """
    said, unclosed, block = completion, False, None
    if "<" in completion:
        said, unclosed = _after_thinking(completion)
        block = _last_block(said)
    if block is not None:
        if not visible(block):
            return Extracted(None, "the <answer> block is blank")
        boxed = last_box(block)
        return boxed if boxed is not None else Extracted(block.strip())
    boxed = last_box(said)
    if boxed is not None:
        return boxed
    stated = _last_statement(said)
    if stated is not None:
        return Extracted(stated)
    if unclosed:
        return Extracted(None, "the thinking is not closed")
    return Extracted(None, "no <answer> block, no box and no statement of an answer after the thinking")


def answer_part(completion: str) -> Extracted:
    """The last <answer> block, or else all that stands after the thinking.

    >>> answer_part("<think>a</think> b <answer>c</answer> d").answer, answer_part("<think>a</think> b").answer
    ('c', ' b')
    """
    said, unclosed = _after_thinking(completion)
    block = _last_block(said)
    if block is not None:
        return Extracted(block) if visible(block) else Extracted(None, "the <answer> block is blank")
    if unclosed and not visible(said):
        return Extracted(None, "the thinking is not closed")
    return Extracted(said)


def _after_thinking(completion: str) -> tuple[str, bool]:
    """What stands after the last </think> and before a <think> that is not closed, and whether there is such a one."""
    said = completion[completion.rfind("</think>") + len("</think>") :] if "</think>" in completion else completion
    if "<think>" not in said:
        return said, False
    return said[: said.index("<think>")], True


def _last_block(text: str) -> str | None:
    """The body of the last complete <answer> block; of nested ones, the inner."""
    start, end, block = -1, 0, None
    if "</answer>" not in text:
        return None
    for tag in _ANSWER_TAG.finditer(text):
        if tag.group() == "<answer>":
            start = tag.end()
        elif start >= 0:
            gap = start - len("<answer>") - end
            another = block is not None and 1 < gap < _GAP and _OR.fullmatch(text, end, end + gap)
            block, start = (f"{block}, " if another else "") + text[start : tag.start()], -1
            end = tag.end()
    return block


def last_box(text: str) -> Extracted | None:
    r"""The last \boxed{}, joined to those right before it; None where no box is even begun.

    >>> last_box(r"\boxed{26} no, \boxed{27}").answer, last_box(r"\boxed{1} and \boxed{2}").answer
    ('27', '1, 2')
    """
    found = _lone_box(text)
    if found:
        if _denied(text, found.start(), found.end()):
            return Extracted(None, "the text around the box says that it is not the answer")
        return Extracted(found[1].strip()) if visible(found[1]) else Extracted(None, "the box is blank")
    begun = [found.start() for found in _BOX.finditer(text)][-_MOST_BOXES - 2 :]
    if not begun:
        found = next(reversed(list(_BARE_BOX.finditer(text))), None)
        return Extracted(found[1].rstrip(".,;")) if found else None
    simple = [_SIMPLE_BOX.match(text, start) for start in begun]
    if None in simple:
        boxes = _closed_boxes(text, begun[0])
    else:
        boxes = []
        for box in simple:
            if box and not (boxes and box.start() < boxes[-1][3]):
                boxes.append((box.start(), box.start(1), box.end(1), box.end()))
    if not boxes:
        return Extracted(None, "the box is not closed")
    bodies: list[str] = []
    for i in range(len(boxes) - 1, -1, -1):
        if i + 1 < len(boxes) and not _adjacent(text, boxes[i][3], boxes[i + 1][0]):
            break
        body = text[boxes[i][1] : boxes[i][2]].strip()
        if body not in bodies:  # the same answer twice is one answer
            bodies.append(body)
        if len(bodies) > _MOST_BOXES:
            return Extracted(None, f"more than {_MOST_BOXES} boxes in a row are no answer")
    if _denied(text, boxes[-1][0], boxes[-1][3]):
        return Extracted(None, "the text around the box says that it is not the answer")
    answer = ", ".join(reversed(bodies))
    return Extracted(answer) if visible(answer) else Extracted(None, "the box is blank")


def _lone_box(text: str) -> re.Match[str] | None:
    """The last box where it is simple, stands in no other and follows none closely: as most completions have it."""
    last = text.rfind("boxed")
    found = _SIMPLE_BOX.match(text, last - 1) if last > 0 else None
    if (
        found is None
        or text[last - 2 : last - 1] == "\\"
        or text.find("}", found.end()) >= 0
        or text.find("fbox", found.end()) >= 0
    ):
        return None
    brace = text.rfind("}", max(0, last - 2 - _GAP), last)  # a box that is joined to this one ends no later
    return found if brace < 0 or not _SEPARATORS.fullmatch(text, brace + 1, last - 1) else None


def _closed_boxes(text: str, start: int) -> list[tuple[int, int, int, int]]:
    """The outermost boxes from `start` on: where each begins, its body does, the body ends, and the box does."""
    open_braces: list[tuple[int, int] | None] = []  # None for a plain brace
    boxes: list[tuple[int, int, int, int]] = []
    # A pair of backslashes escapes nothing, and an escaped brace is none: a megabyte of them goes at once.
    inert = text[:start] + text[start:].replace("\\\\", "\0\0").replace("\\{", "\0\0").replace("\\}", "\0\0")
    for token in _BRACES.finditer(inert, start):
        mark = token.group()
        if mark[0] == "{":
            open_braces.extend([None] * len(mark))
        elif mark[0] == "}":
            for place in range(token.start(), min(token.end(), token.start() + len(open_braces))):
                box = open_braces.pop()
                if box is not None:
                    while boxes and boxes[-1][0] > box[0]:  # boxes within this one are part of its body
                        boxes.pop()
                    boxes.append((*box, place, place + 1))
        elif mark[-1] == "{" and _BOX.match(mark):
            open_braces.append((token.start(), token.end()))
    return boxes


def _denied(text: str, start: int, end: int) -> bool:
    """Whether the words right before or right behind say that this is not the answer."""
    after = text[end : end + _NEAR]
    if any(map(str.isalpha, after)) and _DENIED_AFTER.match(after):
        return True
    before = text[max(0, start - _NEAR) : start]
    return ("n" in before or "N" in before) and _DENIED_BEFORE.search(before) is not None


def _adjacent(text: str, end: int, start: int) -> bool:
    return start - end <= _GAP and _SEPARATORS.fullmatch(text, end, start) is not None


def _last_statement(text: str) -> str | None:
    """What the closing line states as its answer ("Answer: 4", "The final answer is 4", "#### 4")."""
    lines = [line for line in text[-_ENDING:].splitlines() if visible(line) and line.strip(" \t$[]\\")][-2:]
    if not lines:
        return None
    lines[-1] = _HOPE.sub("", lines[-1])
    found = _STATEMENT.search(lines[-1])
    if found and _DENIAL.search(lines[-1], 0, found.start()):
        return None
    if found:
        stated = lines[-1][found.end() :]
    elif len(lines) == 2 and (found := _STATEMENT.search(lines[0])) and not lines[0][found.end() :].strip(" *_:$"):
        stated = lines[1]  # "Answer:" alone, and the answer below
    elif len(lines) == 2 and _HEADING.fullmatch(lines[0]):
        stated = lines[1]
    else:
        return None
    stated = stated.strip().strip("*_").strip()
    return stated if visible(stated) else None
