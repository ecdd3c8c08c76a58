"""The prompts that we ship: text files with a version in their name, never changed once released."""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib.resources
import string
from collections.abc import Mapping
from dataclasses import dataclass

from .quote import quoted

PROMPTS = ("answer-v1", "helpful-v1", "harmless-v1")
_DIVIDER = "\n=== user ===\n"
_SCORE = "(?:10|[1-9])"
_FORMS = {"answer": "ACCEPT|REJECT", "helpful": f"{_SCORE} {_SCORE}", "harmless": f"{_SCORE} {_SCORE}"}


@dataclass(frozen=True)
class Prompt:
    """What a judge is told, and the form of what it must say."""

    name: str
    system: str
    user: str
    form: str
    """A regular expression of what stands after `VERDICT code: `."""

    @property
    def kind(self) -> str:
        return _kind(self.name)

    @property
    def digest(self) -> str:
        """Of the text itself: a cache is not fooled by a prompt that was changed under its old name."""
        return hashlib.sha256(f"{self.system}{_DIVIDER}{self.user}{_DIVIDER}{self.form}".encode()).hexdigest()

    def messages(self, texts: Mapping[str, str], code: str) -> list[dict[str, str]]:
        """The messages with each text in its place, quoted."""
        places = {name: quoted(text) for name, text in texts.items()}
        user = string.Template(self.user).substitute(places, code=code)
        return [{"role": "system", "content": self.system}, {"role": "user", "content": user}]


def named_prompt(name: str, *kinds: str) -> Prompt:
    """The prompt of that name; ValueError where there is none of these kinds."""
    fitting = [known for known in PROMPTS if _kind(known) in kinds]
    if name not in fitting:
        near = difflib.get_close_matches(str(name), fitting, 1, 0)[0]
        raise ValueError(f"unknown prompt {name!r}: did you mean {near!r}? There are {', '.join(fitting)}")
    return _read(name)


def _kind(name: str) -> str:
    """What a prompt is for: its name without the version."""
    return name.partition("-")[0]


@functools.lru_cache
def _read(name: str) -> Prompt:
    text = (importlib.resources.files(__package__) / "prompts" / f"{name}.txt").read_text(encoding="utf-8")
    system, user = text.split(_DIVIDER)
    return Prompt(name, system.strip(), user.strip(), _FORMS[_kind(name)])
