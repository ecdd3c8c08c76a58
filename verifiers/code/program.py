"""The program of a completion: the last fenced block of its answer."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..extract import answer_part

_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_DEEPER = 3  # a closing fence is indented no further than its opening one, give or take these blanks (CommonMark)
_MOST_CHARS = 1_000_000
_LANGUAGES = {
    **dict.fromkeys(["cpp", "c++", "cc", "cxx"], "cpp"),
    **dict.fromkeys(["javascript", "js", "node", "nodejs"], "javascript"),
}
"""What an info string may call a language; whatever else it says is Python."""


class Found(NamedTuple):
    """The source text and its language, or None and why there is none."""

    source: str | None
    language: str = "python"
    note: str = ""


def find_program(completion: str) -> Found:
    """The last fenced block after the thinking, and inside the last <answer> block where there is one.

    >>> find_program("<think>```\\n1\\n```</think> So:\\n```python\\nprint(2)\\n```").source
    'print(2)\\n'
    >>> find_program("print(2)").note
    'the answer has no fenced block'
    """
    answer = answer_part(completion)
    if answer.answer is None:
        return Found(None, note=answer.note)
    text = answer.answer.replace("\r\n", "\n").removeprefix("\ufeff")
    opened: re.Match[str] | None = None
    block: tuple[re.Match[str], int] | None = None
    for fence in _FENCE.finditer(text):
        indent, marks, info = fence.groups()
        if opened is None:
            if marks[0] == "~" or "`" not in info:  # else it is code within a line
                opened = fence
        elif _closes(opened, indent, marks, info):
            block, opened = (opened, fence.start()), None
    if opened is not None:
        return Found(None, note="the last fenced block is not closed")
    if block is None:
        return Found(None, note="the answer has no fenced block")
    begin, end = block
    source = text[begin.end() + 1 : end]
    if begin[1]:
        source = re.sub(f"^[ \t]{{1,{min(len(begin[1]), 100)}}}", "", source, flags=re.MULTILINE)
    if not source.strip():
        return Found(None, note="the last fenced block is blank")
    if len(source) > _MOST_CHARS:
        return Found(None, note=f"the program has more than {_MOST_CHARS:,} characters")
    return Found(source, _language(begin[3]))


def _closes(opened: re.Match[str], indent: str, marks: str, info: str) -> bool:
    return (
        marks[0] == opened[2][0]
        and len(marks) >= len(opened[2])
        and not info.strip()
        and len(indent) <= len(opened[1]) + _DEEPER
    )


def _language(info: str) -> str:
    words = info.lower().replace("{", " ").replace("}", " ").split()
    return _LANGUAGES.get(words[0].lstrip("."), "python") if words else "python"
