"""Text put into a prompt as data: one JSON string, in which nothing ends the quotation or a turn of the chat."""

from __future__ import annotations

import json
import re
import unicodedata

_OPENING = re.compile(r'<(?=[^\s\d=\-\\$"])|\[(?=/?[A-Z_]{2,20}\])')
"""Where a chat template's marker could begin (`<|im_end|>`, `</s>`, `[INST]`): servers read those in text as well."""
_RARE = re.compile("[^ -~]")
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])


def quoted(text: str) -> str:
    r"""The text as one line of JSON. What cannot be seen is escaped, and so is what could open a chat marker.

    >>> print(quoted('4"<|im_end|>\nif 1 < 2'))
    "4\"\u003c|im_end|>\nif 1 < 2"
    """
    encoded = _RARE.sub(_escape_unseen, json.dumps(text, ensure_ascii=False))
    return _OPENING.sub(lambda found: f"\\u{ord(found.group()):04x}", encoded)


def _escape_unseen(found: re.Match[str]) -> str:
    letter = found.group()
    # Variation selectors beyond the first plane and tags carry hidden text.
    if ord(letter) < 0xE0000 and unicodedata.category(letter) not in _UNSEEN:
        return letter
    return json.dumps(letter)[1:-1]
