"""The remote sandbox: programs run by a sandbox server on another machine, or by many behind a load balancer.

A job that gets no answer is sent again under its old id, so that a server which has done it need not do it twice, and
one that never heard of it does it. A program's fate depends on nothing else, so who runs it, and how often, is all one.
"""

from __future__ import annotations

import dataclasses
import functools
import http.client
import io
import itertools
import os
import random
import socket
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

from . import wire
from .types import DEFAULT_LIMITS, Execution, Limits, Program, Status

TIMEOUT_S = 300.0
_OPENING_S = 10.0
_GRACE_S = 10.0  # for an answer to travel, once its job must be done
_STRETCH = 10  # the wall clock of a program stands still while it has no processor, but not for ever
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_CONNECT_S = 10.0
_LONGEST_RETRY_AFTER_S = 30
_LONGEST_WAIT_S = 1e6  # what the system's clock can wait for at once, with room to spare
_TRY_AGAIN = (429, 502, 503, 504)
"""Too busy, stopping, or a load balancer's word for a server that died."""
_CHUNK_BYTES = 1 << 20
_SMALL_ANSWER = 1 << 16


class Unanswered(ConnectionError):
    """No server did the job; the message says why."""


class _Clocked(io.RawIOBase):
    """The bytes of a socket until a moment; the socket's own timeout begins anew with each byte."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until
        self._raw = sock.makefile("rb", buffering=0)  # holds the socket open when its connection lets go

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._until))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _responses(until: float) -> Any:
    """What http.client makes an answer with: one that is read by a clock."""

    def response(sock: Any, **options: Any) -> http.client.HTTPResponse:
        clocked: Any = _Clocked(sock, until)
        return http.client.HTTPResponse(clocked, **options)

    return response


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer did not come in time")
    return min(left, _LONGEST_WAIT_S)


class RemoteSandbox:
    """A sandbox server's sandbox. Opening it asks the server once, and raises ConnectionError where none answers."""

    def __init__(self, url: str, *, token: str | None = None, timeout: float = TIMEOUT_S) -> None:
        """`timeout` is how many seconds a job may wait to be started, over all that is tried."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url {url!r} is not like http://host:8642")
        if token is not None and not (token.isascii() and token.isprintable()):
            raise ValueError("the token is not of printable ASCII characters")
        if not timeout > 0:
            raise ValueError(f"timeout {timeout} is not a number of seconds above 0")
        self._url, self._token, self._timeout = url, token, min(timeout, _LONGEST_WAIT_S)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connect = functools.partial(kind, parts.hostname, parts.port)
        self._path = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._idle: list[http.client.HTTPConnection] = []
        self._owner = os.getpid()
        self._closed = False
        try:
            self.isolation = self._ask_health()
        except OSError:
            self.close()
            raise

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(RemoteSandbox, token=self._token, timeout=self._timeout), (self._url,)

    def run(self, program: Program, *, stdin: bytes = b"", limits: Limits = DEFAULT_LIMITS) -> Execution:
        return next(self.run_each(program, [stdin], limits=limits))

    def run_each(
        self, program: Program, stdins: Iterable[bytes], *, limits: Limits = DEFAULT_LIMITS
    ) -> Iterator[Execution]:
        """As any sandbox; a list is sent in growing parts, anything else one by one, as it is asked for."""
        return self._each(wire.Job(program, limits, ()), stdins, wire.write_stdin)

    def call_each(
        self,
        program: Program,
        entry_point: str,
        calls: Iterable[Sequence[Any]],
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Iterator[Execution]:
        """As any sandbox, but the program is loaded once for each part that is sent: see `run_each`."""
        if program.language != "python":
            raise ValueError(f"functions of {program.language!r} cannot be called: only those of 'python'")
        return self._each(wire.Job(program, limits, (), entry_point), calls, wire.write_arguments)

    def close(self) -> None:
        """Close the connections; the server goes on."""
        self._closed = True
        self._drop_idle()

    def __enter__(self) -> RemoteSandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _each(self, job: wire.Job, inputs: Iterable[Any], write: Callable[[Any], str]) -> Iterator[Execution]:
        growing = isinstance(inputs, (list, tuple))
        waiting = map(write, inputs)
        texts: list[str] = []
        size = 1
        while True:
            while len(texts) < size and sum(map(len, texts)) < _CHUNK_BYTES:
                try:
                    texts.append(next(waiting))
                except StopIteration:
                    break
            if not texts:
                return
            try:
                executions = self._send(dataclasses.replace(job, inputs=texts[:size]))
            except Unanswered as error:
                for _ in itertools.chain(texts, waiting):
                    yield self._failed(error)
                return
            yield from executions
            del texts[: len(executions)]
            ok = executions[-1].status is Status.OK
            size = min(2 * size, wire.MOST_INPUTS) if growing and ok else 1

    def _failed(self, error: Unanswered) -> Execution:
        return Execution(Status.FAILED, b"", b"", None, 0.0, 0.0, 0.0, self.isolation, f"sandbox: {error}")

    def _ask_health(self) -> str:
        """The isolation that the server names, once it has accepted the token."""
        try:
            answer = self._ask("GET", "/health", lambda _: None, start_s=min(self._timeout, _OPENING_S))
        except Unanswered as error:
            raise Unanswered(
                f"no sandbox server at {self._url}: {error}. `python -m sandbox serve` starts one"
            ) from None
        try:
            isolation, authorized = wire.read_health(answer)
        except wire.Malformed as error:
            raise Unanswered(f"{self._url} is no sandbox server's: {error}") from None
        if not authorized:
            raise PermissionError(f"{self._url} needs the token that its server was started with")
        return isolation

    def _send(self, job: wire.Job) -> list[Execution]:
        id = uuid.uuid4().hex
        answer = self._ask(
            "POST",
            "/v1/jobs",
            lambda left: wire.write_job(id, job, left),
            start_s=self._timeout,
            run_s=wire.LONGEST_S + _STRETCH * job.limits.wall_s,
            most=wire.longest_answer(job.limits),
        )
        try:
            return wire.read_answer(answer, id, len(job.inputs))
        except wire.Malformed as error:
            raise Unanswered(f"the server's answer is broken: {error}") from None

    def _ask(
        self,
        method: str,
        path: str,
        write: Callable[[float], bytes | None],
        *,
        start_s: float,
        run_s: float = 0.0,
        most: int = _SMALL_ANSWER,
    ) -> bytes:
        """The body of an answer with status 200, asked for until start_s are over; `write` is told how much is left."""
        start_by = time.monotonic() + start_s
        until = start_by + run_s + _GRACE_S
        pause, problem = _FIRST_PAUSE_S, ""
        while (left := start_by - time.monotonic()) > 0:
            told = 0.0
            try:
                status, retry_after, answer = self._exchange(method, path, write(left), until, most)
            except (OSError, http.client.IncompleteRead) as error:
                problem = f"{type(error).__name__}: {error}"
                self._drop_idle()  # they are likely to be as dead
            except http.client.HTTPException as error:
                raise Unanswered(f"that was no HTTP: {type(error).__name__}: {str(error)[:300]}") from None
            else:
                if len(answer) > most:
                    raise Unanswered(f"the server's answer is larger than {most} bytes")
                if status == 200:
                    return answer
                problem = f"status {status}: {wire.read_detail(answer)}"
                if status not in _TRY_AGAIN:
                    raise Unanswered(problem)
                told = _seconds(retry_after)
            time.sleep(min(left, told + random.uniform(pause / 2, pause)))
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        raise Unanswered(f"nothing came of it in {start_s:g} s ({problem})")

    def _exchange(self, method: str, path: str, body: bytes | None, until: float, most: int) -> tuple[int, str, bytes]:
        """One request and its answer, of which no more than `most` + 1 bytes are read."""
        connection = self._borrow()
        reusable = False
        try:
            if connection.sock is None:
                connection.timeout = min(_CONNECT_S, _left(until))
                connection.connect()
                _notice_death(connection)
            connection.sock.settimeout(_left(until))
            connection.response_class = _responses(until)
            connection.request(method, self._path + path, body, self._headers)
            with connection.getresponse() as response:
                answer = response.read(most + 1)
                if response.length and len(answer) <= most:
                    raise http.client.IncompleteRead(answer, response.length)
                reusable = response.isclosed() and not response.will_close and not self._closed
                return response.status, response.headers.get("Retry-After", ""), answer
        finally:
            if reusable:
                self._idle.append(connection)
            else:
                connection.close()

    def _borrow(self) -> http.client.HTTPConnection:
        if self._closed:
            raise ValueError("this sandbox is closed: open another one")
        if self._owner != os.getpid():
            self._owner = os.getpid()
            self._drop_idle()  # in a forked child they are the parent's as well
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _drop_idle(self) -> None:
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return  # another thread was quicker


def _notice_death(connection: http.client.HTTPConnection) -> None:
    """A machine that went without a word is given up after half a minute, not when its job's time is over."""
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}.items():
        if hasattr(socket, name):  # not on every system
            connection.sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _seconds(retry_after: str) -> float:
    """What a Retry-After header asks for, within reason."""
    if not (retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10):
        return 0.0
    return float(min(int(retry_after), _LONGEST_RETRY_AFTER_S))
