"""Text put into a prompt as data: one JSON string, in which nothing ends the quotation or a turn of the chat."""

from __future__ import annotations

import json
import re

_OPENINGS = {
    "\\\\u003c": re.compile(r'<(?=[^\s\d=\-\\$"])'),
    "\\\\u005b": re.compile(r"\[(?=/?[A-Z_]{2,20}\])"),
}
"""Where a chat template's marker could begin (`<|im_end|>`, `</s>`, `[INST]`): servers read those in text as well."""
_RARE = re.compile("[^ -~]")


def quoted(text: str) -> str:
    r"""The text as one line of JSON. What cannot be seen is escaped, and so is what could open a chat marker.

    >>> print(quoted('4"<|im_end|>\nif 1 < 2'))
    "4\"\u003c|im_end|>\nif 1 < 2"
    """
    encoded = _RARE.sub(_escape_unseen, json.dumps(text, ensure_ascii=False))
    for escape, opening in _OPENINGS.items():
        encoded = opening.sub(escape, encoded)
    return encoded


def _escape_unseen(found: re.Match[str]) -> str:
    letter = found.group()
    number = ord(letter)
    # From U+E0000 on there are tags and variation selectors, which carry hidden text.
    if number < 0xE0000 and letter.isprintable():
        return letter
    if number < 0x10000:
        return f"\\u{number:04x}"
    return f"\\u{0xD7C0 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
