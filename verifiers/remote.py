"""A reward function whose work a reward server does (`python -m verifiers serve`).

This file needs the standard library alone, and may be copied to where another package is called `verifiers`:

    reward = RemoteReward("http://127.0.0.1:8643", "math")
    reward(completion, ground_truth).score        # None where undecided, also where no server answers
    await asyncio.to_thread(reward, completion, ground_truth)
"""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .types import Reason, Reward, Verdict
else:
    try:
        from .types import Reason, Reward, Verdict
    except ImportError:  # this file alone
        Reason = str

        class Verdict(NamedTuple):
            score: float | None
            reason: str
            answer: str | None = None
            note: str = ""

        class Reward(NamedTuple):
            value: float | None
            verdicts: Mapping[str, Verdict]


TIMEOUT_S = 300.0
MOST_BYTES = 1 << 28
"""So much of an answer is read at most."""
_CONNECT_S = 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_LONGEST_RETRY_AFTER_S = 30
_TRY_AGAIN = (408, 429, 502, 503, 504)
"""Too busy, stopping, or a load balancer's word for a server that died."""


class _Unanswered(Exception):
    """No verdicts came; the message says why."""


class RemoteReward:
    """A reward function on the server at `url`: `verifier` is its name there.

    It asks again for up to `timeout` seconds where the server is busy or a connection breaks, and says VERIFIER_FAILED,
    with the score None, when nothing came of that. A name, token or ground truth that the server refuses is raised.
    Any number of threads may call it, and it can be pickled.
    """

    def __init__(self, url: str, verifier: str, *, token: str | None = None, timeout: float = TIMEOUT_S) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a server: it looks like http://127.0.0.1:8643")
        if not 0 < timeout < 1e6:
            raise ValueError(f"timeout {timeout} is not a number of seconds above 0")
        self._arguments = url, verifier, token, timeout
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/score"
        self._verifier = verifier
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._idle: list[http.client.HTTPConnection] = []
        self._owner = os.getpid()
        self.__name__ = verifier

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, self._arguments

    def __call__(self, completion: str, ground_truth: Any = None) -> Verdict | Reward:
        return self.batch([completion], [ground_truth])[0]

    def batch(self, completions: Sequence[str], ground_truths: Sequence[Any]) -> list[Verdict | Reward]:
        """A verdict for each, in order, by one request."""
        if len(completions) != len(ground_truths):
            raise ValueError(
                f"{len(completions)} completions but {len(ground_truths)} ground truths: pass one for each"
            )
        items = [
            {"completion": completion, "ground_truth": truth}
            for completion, truth in zip(completions, ground_truths, strict=True)
        ]
        # Not escaped to ASCII, for that would join two lone surrogates into one character.
        text = json.dumps({"verifier": self._verifier, "items": items}, ensure_ascii=False)
        try:
            return _read(self._ask(text.encode("utf-8", "surrogatepass")), len(items))
        except _Unanswered as error:
            note = f"no verdict from {self._host}: {error}"
            return [Verdict(None, Reason("VERIFIER_FAILED"), note=note) for _ in items]

    def close(self) -> None:
        """Close the connections that are kept for the next call, which opens new ones."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return  # another thread was quicker

    def __enter__(self) -> RemoteReward:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, body: bytes) -> bytes:
        until = time.monotonic() + self._timeout
        pause, problem = _FIRST_PAUSE_S, "nothing was tried"
        while (left := until - time.monotonic()) > 0:
            told = 0.0
            try:
                status, retry_after, answer = self._exchange(body, left)
            except (OSError, http.client.HTTPException) as error:
                problem = f"{type(error).__name__}: {error}"
                self.close()  # they are likely to be as dead
            else:
                if status == 200:
                    return answer
                detail = _detail(answer)
                if status in (401, 403):
                    raise PermissionError(f"{self._host} says: {detail}")
                if status in (400, 404, 405, 422):
                    raise ValueError(f"{self._host} says: {detail}")
                problem = f"status {status}: {detail}"
                if status not in _TRY_AGAIN:
                    break
                if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10:
                    told = min(int(retry_after), _LONGEST_RETRY_AFTER_S)
            left = max(0.0, until - time.monotonic())
            time.sleep(min(left, told + random.uniform(pause / 2, pause)))
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        raise _Unanswered(problem)

    def _exchange(self, body: bytes, left: float) -> tuple[int, str, bytes]:
        connection = self._connection()
        reusable = False
        try:
            if connection.sock is None:
                connection.timeout = min(_CONNECT_S, left)
                connection.connect()
            connection.sock.settimeout(left)
            connection.request("POST", self._path, body, self._headers)
            with connection.getresponse() as response:
                answer = response.read(MOST_BYTES + 1)
                if len(answer) > MOST_BYTES:
                    raise _Unanswered(f"the answer is larger than {MOST_BYTES} bytes: ask for fewer at once")
                if response.length:
                    raise http.client.IncompleteRead(answer, response.length)
                reusable = not response.will_close
                return response.status, response.headers.get("Retry-After", ""), answer
        finally:
            if reusable:
                self._idle.append(connection)
            else:
                connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._owner != os.getpid():  # in a forked child they are the parent's as well
            inherited, self._idle = self._idle, []  # before another thread of the child can take one
            self._owner = os.getpid()
            for connection in inherited:
                connection.close()
        try:
            return self._idle.pop()
        except IndexError:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            return kind(self._host, self._port)


def _remake(url: str, verifier: str, token: str | None, timeout: float) -> RemoteReward:
    return RemoteReward(url, verifier, token=token, timeout=timeout)


def _detail(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["detail"])[:500]
    except (ValueError, LookupError, TypeError, RecursionError):
        return answer[:200].decode("utf-8", "replace")


def _read(answer: bytes, count: int) -> list[Verdict | Reward]:
    """The verdicts; _Unanswered where these are not so many, or are none."""
    try:
        lines = json.loads(answer)["verdicts"]
        if len(lines) != count:
            raise ValueError(f"{len(lines)} verdicts instead of {count}")
        return [_verdict(line) if line["parts"] is None else _reward(line) for line in lines]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _Unanswered(f"the answer is broken: {type(error).__name__}: {error}") from None


def _number(value: Any) -> float | None:
    if value is None or (type(value) in (int, float) and math.isfinite(value)):
        return value  # type: ignore[no-any-return]
    raise ValueError(f"{value!r:.40} is no score")


def _verdict(line: Mapping[str, Any]) -> Verdict:
    score = _number(line["score"])
    if score is not None and not 0 <= score <= 1:
        raise ValueError(f"the score {score!r} is not from 0 to 1")
    return Verdict(score, Reason(line["reason"]), line["answer"], line["note"])


def _reward(line: Mapping[str, Any]) -> Reward:
    return Reward(_number(line["score"]), {name: _verdict(part) for name, part in line["parts"].items()})
