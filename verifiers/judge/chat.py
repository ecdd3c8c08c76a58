"""A chat model behind an OpenAI-compatible server, as a callable: messages in, text out."""

from __future__ import annotations

import email.utils
import http.client
import json
import math
import random
import ssl
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .transport import MOST_BYTES, TooLarge, exchange

Ask = Callable[[list[dict[str, str]]], str]
"""Messages with role and content in, the reply's text out; it may raise anything."""
_TRY_AGAIN = frozenset([408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529])
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 20.0
_LONGEST_RETRY_AFTER_S = 60.0
_LONGEST_S = 86_400.0
_jitter = random.SystemRandom()  # a caller's seeded generator is left alone


class Unanswered(ConnectionError):
    """The server gave no reply; the message says why, and what was tried."""


class _Malformed(Exception):
    """An answer with status 200 that is none."""


@dataclass(frozen=True)
class Endpoint:
    """What `endpoint` makes. It pickles with its key, which its repr does not show."""

    secure: bool
    host: str
    port: int
    path: str
    model: str
    api_key: str | None = field(repr=False)
    timeout_s: float
    total_s: float
    temperature: float | None
    max_tokens: int | None
    extra: Mapping[str, Any]

    @property
    def identity(self) -> str:
        """All that a reply depends on besides the messages: what a cache tells endpoints apart by."""
        where = f"{self.host}:{self.port}{self.path}"
        return json.dumps([where, self.model, self.temperature, self.max_tokens, self.extra], sort_keys=True)

    def __call__(self, messages: list[dict[str, str]]) -> str:
        """The reply, or Unanswered within total_s. An empty reply is one in which the model wrote no text."""
        sent = json.dumps(self._request(messages)).encode()
        until = time.monotonic() + self.total_s
        pause = _FIRST_PAUSE_S
        while True:
            left = until - time.monotonic()
            asked_s = 0.0  # by Retry-After
            try:
                answer = exchange(
                    self.secure,
                    self.host,
                    self.port,
                    self.path,
                    self._headers(),
                    sent,
                    max(0.001, min(self.timeout_s, left)),
                )
                if answer.status == 200:
                    return _text(answer.body)
                problem = f"status {answer.status}: {self._cut(answer.body.decode(errors='replace'))}"
                if answer.status not in _TRY_AGAIN:
                    raise Unanswered(self._told(problem, answer.headers.get("Location")))
                asked_s = _seconds(answer.headers.get("Retry-After", ""))
            except Unanswered:  # an OSError, but the last word
                raise
            except ssl.SSLCertVerificationError as error:
                raise Unanswered(self._told(str(error))) from None
            except (OSError, http.client.HTTPException, _Malformed) as error:
                problem = f"{type(error).__name__}: {self._cut(str(error))}"
            except TooLarge:
                raise Unanswered(self._told(f"the answer is larger than {MOST_BYTES} bytes")) from None
            pause_s = asked_s + _jitter.uniform(pause / 2, pause)
            if time.monotonic() + pause_s >= until:
                raise Unanswered(self._told(f"nothing came of it in {self.total_s:g} s; at last {problem}"))
            time.sleep(pause_s)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _request(self, messages: list[dict[str, str]]) -> dict[str, Any]:
        request: dict[str, Any] = {"model": self.model, "messages": messages, "stream": False}
        if self.temperature is not None:
            request["temperature"] = self.temperature
        if self.max_tokens is not None:
            request["max_tokens"] = self.max_tokens
        return request | dict(self.extra)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        if self.api_key is not None:
            headers["Authorization"] = f"Bearer {self.api_key}"
        return headers

    def _cut(self, text: str) -> str:
        """The beginning of what a server said, without the key: some repeat it."""
        shown = text.replace(self.api_key, "[key]") if self.api_key else text
        return " ".join(shown[:400].split())

    def _told(self, problem: str, location: str | None = None) -> str:
        moved = f"; it points to {self._cut(location)}, which is not followed" if location else ""
        return f"{self.model} at {self.host}:{self.port}{self.path.partition('?')[0]} gave no reply: {problem}{moved}"


def endpoint(
    url: str,
    model: str,
    api_key: str | None = None,
    *,
    timeout_s: float = 120.0,
    total_s: float = 600.0,
    temperature: float | None = 0.0,
    max_tokens: int | None = 4096,
    extra: Mapping[str, Any] | None = None,
) -> Endpoint:
    """A model at an OpenAI-compatible server: vLLM's, SGLang's, llama.cpp's, a provider's.

    A request takes timeout_s at most, however slowly its bytes come; it is repeated after 429, 5xx, a lost connection
    or a broken answer until total_s are over. None leaves temperature or max_tokens out; extra goes into the request.

    >>> endpoint("http://localhost:8000", "qwen").path
    '/v1/chat/completions'
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError(f"url {url!r} is not like http://localhost:8000/v1")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise ValueError(f"url {url!r} is not of printable ASCII characters")
    if not isinstance(model, str) or not model:
        raise ValueError("the model needs a name: the one that the server knows it by")
    if api_key is not None and not (api_key and api_key.isascii() and api_key.isprintable()):
        raise ValueError("the API key is not of printable ASCII characters")
    for name, seconds in (("timeout_s", timeout_s), ("total_s", total_s)):
        if not 0 < seconds <= _LONGEST_S:
            raise ValueError(f"{name} {seconds!r} is not a number of seconds above 0, and a day at most")
    try:
        json.dumps(dict(extra or {}))
    except TypeError as error:
        raise ValueError(f"extra cannot be sent as JSON: {error}") from None
    path = parts.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        path = f"{path or '/v1'}/chat/completions"
    if parts.query:
        path = f"{path}?{parts.query}"
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return Endpoint(
        secure,
        parts.hostname,
        port,
        path,
        model,
        api_key,
        timeout_s,
        total_s,
        temperature,
        max_tokens,
        dict(extra or {}),
    )


def _text(body: bytes) -> str:
    """What the model wrote, empty where it wrote no text (a tool call, a refusal)."""
    try:
        message = json.loads(body.decode())["choices"][0]["message"]
        content = message.get("content")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise _Malformed(
            f"no chat completion ({type(error).__name__}): {body[:200].decode(errors='replace')}"
        ) from None
    if isinstance(content, list):  # some servers send parts
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _seconds(retry_after: str) -> float:
    """What a Retry-After header asks for, a number or a date, within reason."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, OSError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_S) if math.isfinite(seconds) else 0.0
