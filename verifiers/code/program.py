"""The program of a completion: the last fenced block of its answer."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..extract import answer_part

_FENCE = re.compile(
    r"^([ ]{0,3}>[ ]?)?([ \t]*)((?:[-*+]|[0-9]{1,9}[.)])[ \t]{1,4})?(`{3,}|~{3,})([^\n]*)$", re.MULTILINE
)
"""A quote's mark, blanks, a list item's mark, the fence, what else the line says."""
_BEHIND_TEXT = re.compile(r"^[^`\n]+(?=```(?:python3?|py|cpp|c\+\+|javascript|js)[ \t]*$)", re.MULTILINE)
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
    found = _last_block(text)
    if found.source is None and _BEHIND_TEXT.search(text):  # "So: ```python" opens a block where nothing else is one
        again = _last_block(_BEHIND_TEXT.sub("", text))
        found = found if again.source is None else again
    return found


def _last_block(text: str) -> Found:
    opened: re.Match[str] | None = None
    block: tuple[re.Match[str], int] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            if fence[4][0] == "~" or "`" not in fence[5]:  # else it is code within a line
                opened = fence
        elif _closes(opened, fence):
            block, opened = (opened, fence.start()), None
    if opened is not None:
        return Found(None, note="the last fenced block is not closed")
    if block is None:
        return Found(None, note="the answer has no fenced block")
    begin, end = block
    source = text[begin.end() + 1 : end]
    if begin[1]:
        source = re.sub("^[ ]{0,3}>[ ]?", "", source, flags=re.MULTILINE)
    if begin[2] or begin[3]:
        width = min(len(begin[2]) + len(begin[3] or ""), _least_indent(source) if begin[3] else 100, 100)
        source = re.sub(f"^[ \t]{{1,{width}}}", "", source, flags=re.MULTILINE) if width else source
    if not source.strip():
        return Found(None, note="the last fenced block is blank")
    if len(source) > _MOST_CHARS:
        return Found(None, note=f"the program has more than {_MOST_CHARS:,} characters")
    return Found(source, _language(begin[5]))


def _closes(opened: re.Match[str], fence: re.Match[str]) -> bool:
    quoted, indent, item, marks, info = fence.groups()
    return (
        marks[0] == opened[4][0]
        and len(marks) >= len(opened[4])
        and not info.strip()
        and not item
        and bool(quoted) == bool(opened[1])
        and len(indent) <= len(opened[2]) + len(opened[3] or "") + _DEEPER
    )


def _least_indent(source: str) -> int:
    """Of a line that is not blank: in a list item some write the program without the item's indent."""
    return min((len(line) - len(line.lstrip(" \t")) for line in source.split("\n") if line.strip()), default=0)


def _language(info: str) -> str:
    words = info.lower().replace("{", " ").replace("}", " ").split()
    return _LANGUAGES.get(words[0].lstrip("."), "python") if words else "python"
