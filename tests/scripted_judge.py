"""Judges that follow a script, for tests: what a model would read out of the messages, and what it would say."""

import json
import re

_TEXT = re.compile(r'^(question|reference|answer|first response|second response): (".*")$', re.MULTILINE)
_CODE = re.compile(r"the code ([0-9a-f]{12}),")


def texts_of(messages):
    """The texts that the judge is shown, as a reader of JSON sees them."""
    return {name: json.loads(text) for name, text in _TEXT.findall(messages[-1]["content"])}


def code_of(messages):
    (code,) = _CODE.findall(messages[-1]["content"])
    return code


def says(messages, word):
    return f"I have compared them.\nVERDICT {code_of(messages)}: {word}"


def strict(messages):
    """Accepts the same text in another case alone."""
    texts = texts_of(messages)
    same = texts["answer"].casefold() == texts["reference"].casefold()
    return says(messages, "ACCEPT" if same else "REJECT")


def by_length(messages):
    """Scores a response by its length."""
    texts = texts_of(messages)
    return says(messages, " ".join(str(min(10, len(texts[f"{place} response"]))) for place in ("first", "second")))
