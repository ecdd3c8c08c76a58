"""What keeps a completion from being trained on: every fault by its name, with a note."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from verifiers import Verdict, marked, verify_language, verify_summary_format
from verifiers.accuracy import as_mapping
from verifiers.extract import visible
from verifiers.summary import in_think_tags

Faults = dict[str, str]
"""Name of a fault → what was found; empty where there is none."""

ORDER = (
    "no_rule", "truncated", "format", "language", "paragraph", "code_block",
    "undecided", "wrong", "duplicate", "surplus",
)  # fmt: skip
"""Every fault, in the order in which they are looked for; a completion is counted under its first."""

_CODE = re.compile(
    r"```|^\s*~~~|<(?:pre|code)\b|\\begin\{(?:verbatim|lstlisting|minted)\}", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Readable:
    """What a completion must look like (DeepSeek-R1, section 2.3.3)."""

    reasoning: str
    """The mark before the reasoning."""
    summary: str
    """The mark between reasoning and summary."""
    language: str = "en"
    """What the reasoning is in."""
    consistency: float = 0.95
    """Least share of its words in that language."""
    longest_paragraph: int = 2000
    """Most characters of a paragraph of the reasoning."""
    code_blocks: bool = False
    """Whether the reasoning may hold code blocks where the task is not one of programs."""


def unreadable(completion: str, ground_truth: Any, wanted: Readable, *, truncated: bool = False) -> Faults:
    """Every fault of form: truncated, format, language, paragraph, code_block.

    >>> wanted = Readable(reasoning="<think>", summary="</think>")
    >>> list(unreadable("<think>So the sum of two and two is\\n```\\n2 + 2\\n```</think>It is 4.", "4", wanted))
    ['code_block']
    """
    faults: Faults = {}
    if truncated:
        faults["truncated"] = "cut off at max_new_tokens"
    form = verify_summary_format(completion, reasoning=wanted.reasoning, summary=wanted.summary)
    if not form.correct:
        faults["format"] = form.note
    consistency = partial(verify_language, language=wanted.language)
    language = marked(consistency, reasoning=wanted.reasoning, summary=wanted.summary)(completion, None)
    if language.score is None or language.score < wanted.consistency:
        faults["language"] = language.note
    thinking = thinking_of(completion, wanted)
    longest = max(map(len, paragraphs(thinking)), default=0)
    if longest > wanted.longest_paragraph:
        faults["paragraph"] = f"a paragraph of {longest} characters, more than {wanted.longest_paragraph}"
    block = _CODE.search(thinking)
    if block and not wanted.code_blocks and not is_program(ground_truth):
        faults["code_block"] = f"code in the reasoning: {block.group().strip()}"
    return faults


def wrong(verdict: Verdict) -> Faults:
    """The fault that a verdict finds: wrong, undecided, or none."""
    if verdict.correct:
        return {}
    name = "undecided" if verdict.score is None else "wrong"
    return {name: f"{verdict.reason}: {verdict.note}" if verdict.note else str(verdict.reason)}


def thinking_of(completion: str, wanted: Readable) -> str:
    """The reasoning, or the whole text where no mark sets it off."""
    tagged = in_think_tags(completion, reasoning=wanted.reasoning, summary=wanted.summary)
    before, tag, after = tagged.partition("<think>")
    return after.partition("</think>")[0] if tag else before


def paragraphs(text: str) -> list[str]:
    """The text between lines on which nothing can be seen.

    >>> paragraphs("one\\ntwo\\n \\n\\nthree")
    ['one\\ntwo', 'three']
    """
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if visible(line):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def is_program(ground_truth: Any) -> bool:
    """Whether the task asks for a program, so that its reasoning may hold code."""
    found = as_mapping(ground_truth)
    if not isinstance(found, Mapping):
        return False
    return found.get("verifier") == "code" or ("kind" in found and ("tests" in found or "test" in found))


def same_text(completion: str) -> str:
    """What two completions have in common that differ in nothing but their spaces."""
    return " ".join(completion.split())


def choose(completions: Sequence[str], faults: Sequence[Faults], keep: int, dice: random.Random) -> list[Faults]:
    """The faults of one task's completions once more, with duplicates and what is more than `keep` among them.

    Which of the faultless are kept is drawn by lot: the first ones would be those of one batch of the sampler.
    """
    seen: set[str] = set()
    found: list[Faults] = []
    for completion, own in zip(completions, faults, strict=True):
        again = not own and same_text(completion) in seen
        found.append({"duplicate": "the same text as one before"} if again else own)
        if not own:
            seen.add(same_text(completion))
    good = [i for i, own in enumerate(found) if not own]
    chosen = set(dice.sample(good, min(keep, len(good))))
    return [
        {"surplus": f"{len(good)} were good, and {keep} are kept"} if i in good and i not in chosen else own
        for i, own in enumerate(found)
    ]


def first_fault(faults: Faults) -> str:
    """The name that a rejected completion is counted under."""
    return min(faults, key=ORDER.index)
