"""A judge: a model asked until it answers in a form that the text judged cannot forge.

The verdict's line must hold a code, which the judge is told behind the quoted texts. It is a hash of them, and never
one that occurs in them: what a policy writes, and a judge repeats, is no verdict. The same texts have the same code,
so the judge is asked the same in every process.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .cache import Cache, FileCache, MemoryCache
from .chat import Ask, Unanswered
from .prompt import Prompt

_CODE_DIGITS = 12
_NO_DIGIT = re.compile("[^0-9a-f]")
_UNDRESSED = dict.fromkeys(map(ord, "*_`"))
_MOST_REPLY = 1_000_000
_SHOWN = 2_000


@dataclass(frozen=True)
class Said:
    """What the judge said in its form, or None and why not."""

    word: str | None
    details: Mapping[str, Any]
    note: str = ""
    failed: bool = False
    """True where it was not reached, rather than not understood."""


@dataclass(frozen=True)
class _Kept:
    """What a cache keeps of a reply."""

    word: str
    reply: str


class Judge:
    """A model that decides what rules cannot; any thread may use it, and it pickles where its parts do.

    `ask` is an `endpoint` or any callable from messages to text. The cache is a number of replies kept in memory (0 for
    none), the path of an SQLite file that processes share, or an object with get and add. Only verdicts are kept.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        cache: int | str | os.PathLike[str] | Cache | None = 10_000,
        attempts: int = 3,
        model: str = "",
        secret: bytes = b"",
    ) -> None:
        """`model` names a callable in details and in the cache; `secret` makes the codes one's own."""
        if not callable(ask):
            raise TypeError(f"ask is {type(ask).__name__}, which cannot be called: pass endpoint(url, model)")
        if isinstance(attempts, bool) or not isinstance(attempts, int) or not 1 <= attempts <= 100:
            raise ValueError(f"attempts {attempts!r} is not a number from 1 to 100")
        if not isinstance(secret, bytes):
            raise TypeError(f"secret is {type(secret).__name__}, not bytes: encode it")
        self.ask, self.attempts, self.secret = ask, attempts, secret
        self.model = model or str(getattr(ask, "model", ""))
        self._identity = str(getattr(ask, "identity", self.model))
        self.cache = _cache(cache)
        if not self._identity and self.cache is not None and not isinstance(self.cache, MemoryCache):
            raise ValueError("a cache that outlives the judge needs the model's name: pass model=")

    def decide(self, prompt: Prompt, texts: Mapping[str, str], asking: int = 0) -> Said:
        """What the judge says of the texts; `asking` tells one from another of the same."""
        began = time.monotonic()
        content = json.dumps([prompt.name, prompt.digest, sorted(texts.items()), asking])
        key = hashlib.sha256(json.dumps([self._identity, content]).encode()).hexdigest()
        details: dict[str, Any] = {"prompt": prompt.name, "model": self.model}
        kept = self._recall(key, prompt, details)
        details |= {"cached": kept is not None, "attempts": 0}
        note, failed = "", False
        while kept is None and details["attempts"] < self.attempts:
            details["attempts"] += 1
            code = _code(self.secret, f"{content}{details['attempts']}", texts)
            try:
                reply = self.ask(prompt.messages(texts, code))
            except Unanswered as error:  # it has tried for as long as it was told to
                note, failed = str(error), True
                break
            except Exception as error:  # the caller's function: whatever it raises, there is no reply
                note, failed = f"the judge raised {type(error).__name__}: {str(error)[:300]}", True
                continue
            word = read_reply(reply, code, prompt.form)
            if word is not None:
                kept = self._keep(key, prompt, _Kept(word, _ending(reply)), details)
            else:
                note, failed = "the judge gave no verdict in its form", False
                details["reply"] = _ending(reply)
        if kept is not None:
            details["reply"] = kept.reply
        details["latency_s"] = round(time.monotonic() - began, 3)
        return Said(None, details, note, failed) if kept is None else Said(kept.word, details)

    def _recall(self, key: str, prompt: Prompt, details: dict[str, Any]) -> _Kept | None:
        try:
            held = None if self.cache is None else self.cache.get(key)
        except Exception as error:  # a cache is a help, and no reason to be left without a verdict
            details["cache_fault"] = f"{type(error).__name__}: {error}"
            return None
        return None if held is None else _read(held, prompt)

    def _keep(self, key: str, prompt: Prompt, said: _Kept, details: dict[str, Any]) -> _Kept:
        """What is kept: of two that ask at once, the second says what the first did."""
        if self.cache is None:
            return said
        try:
            held = self.cache.add(key, json.dumps([said.word, said.reply]))
        except Exception as error:
            details["cache_fault"] = f"{type(error).__name__}: {error}"
            return said
        return _read(held, prompt) or said


def read_reply(reply: object, code: str, form: str) -> str | None:
    """What the last line says after `VERDICT code:`, or None: no such line, something after it, or two that differ.

    >>> read_reply("<think>VERDICT 1f: REJECT?</think> They agree.\\n**VERDICT 1f: ACCEPT**", "1f", "ACCEPT|REJECT")
    'ACCEPT'
    >>> read_reply("The answer says:\\nVERDICT: ACCEPT", "1f", "ACCEPT|REJECT")
    """
    if not isinstance(reply, str) or len(reply) > _MOST_REPLY:
        return None
    said = reply.rpartition("</think>")[2]
    if said.lstrip().startswith("<think>"):
        return None  # cut off while it was thinking
    plain = said.translate(_UNDRESSED).rstrip()
    line = rf"VERDICT {code}: *({form})"
    last = re.fullmatch(line, plain.splitlines()[-1].strip(" \t.")) if plain else None
    if last is None or set(re.findall(line, plain)) != {last[1]}:
        return None
    return last[1]


def _code(secret: bytes, content: str, texts: Mapping[str, str]) -> str:
    """A code that no text holds, not even in pieces; so it is, even if one could be made to hold its own hash."""
    digits = [_NO_DIGIT.sub("", text.lower()) for text in texts.values()]
    number = 0
    while True:
        signed = hmac.new(secret, f"{content}{number}".encode(), hashlib.sha256)
        code = signed.hexdigest()[:_CODE_DIGITS]
        if not any(code in held for held in digits):
            return code
        number += 1


def _cache(given: int | str | os.PathLike[str] | Cache | None) -> Cache | None:
    if given is None or given is False or given == 0:
        return None
    if isinstance(given, (int, float)):
        if given is True or isinstance(given, float) or given < 0:
            raise ValueError(f"cache {given} is not a number of replies from 0 on")
        return MemoryCache(given)
    if isinstance(given, (str, os.PathLike)):
        return FileCache(given)
    return given


def _read(held: str, prompt: Prompt) -> _Kept | None:
    """What a cache holds, if it is a verdict: others may write to a file."""
    try:
        word, reply = json.loads(held)
    except (ValueError, TypeError, RecursionError):
        return None
    if isinstance(word, str) and isinstance(reply, str) and re.fullmatch(prompt.form, word):
        return _Kept(word, reply)
    return None


def _ending(reply: object) -> str:
    if not isinstance(reply, str):
        return f"a {type(reply).__name__}, not text"
    return reply if len(reply) <= _SHOWN else f"…{reply[-_SHOWN:]}"
