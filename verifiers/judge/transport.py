"""One HTTP exchange, bounded in time and size: the clock runs over name look-up, handshake, sending and every byte."""

from __future__ import annotations

import functools
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from typing import Any, NamedTuple

MOST_BYTES = 1 << 22
"""So much of an answer is read at most, headers included; a judge's reply has a few kilobytes."""
_CONNECT_S = 10.0
_PIECE = 1 << 16


class TooLarge(Exception):
    """The answer has more than MOST_BYTES."""


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class _Clocked(io.RawIOBase):
    """The bytes of a socket until a moment, and so many at most.

    A socket's own time-out begins anew with each byte, and http.client reads endless trailers and chunks of size -1.
    """

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until, self._room = sock, until, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._until))
        count = self._sock.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise TooLarge
        return count


class _Line:
    """What http.client takes for a socket."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def sendall(self, data: Any) -> None:
        left = memoryview(data).cast("B")
        while left:
            self._sock.settimeout(_left(self._until))
            left = left[self._sock.send(left[:_PIECE]) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Clocked(self._sock, self._until))

    def close(self) -> None:
        """`exchange` does; http.client would close it before an answer that ends with the connection is read."""


def exchange(
    secure: bool, host: str, port: int, path: str, headers: dict[str, str], body: bytes, timeout_s: float
) -> Answer:
    """The answer to one POST on a connection of its own; OSError, HTTPException or TooLarge where there is none.

    Nothing is kept between calls, so any thread may call it, and a forked child too. Redirections are not followed.
    """
    until = time.monotonic() + timeout_s
    sock = _connected(host, port, until)
    try:
        if secure:
            sock.settimeout(_left(until))  # of the handshake as a whole
            sock = _trust().wrap_socket(sock, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        line: Any = _Line(sock, until)
        connection.sock = line
        connection.request("POST", path, body, headers)
        with connection.getresponse() as response:
            return Answer(response.status, response.headers, _body(response))
    finally:
        sock.close()


def _body(response: http.client.HTTPResponse) -> bytes:
    if response.length is not None and response.length > MOST_BYTES:
        raise TooLarge
    return b"".join(iter(lambda: response.read(_PIECE), b""))  # if it was cut short, it is no JSON


def _connected(host: str, port: int, until: float) -> socket.socket:
    problem: OSError = ConnectionError(f"{host} has no address")
    for family, kind, protocol, _, address in _addresses(host, port, until):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(_CONNECT_S, _left(until)))
            sock.connect(address)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem


def _addresses(host: str, port: int, until: float) -> list[Any]:
    """What the resolver says, asked in a thread that can be left behind: it knows no time-out of ours."""
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else ConnectionError(f"{host!r} is no host name: {error}"))

    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=_left(until))
    except queue.Empty:
        raise TimeoutError(f"the address of {host} did not come in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


@functools.lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Loading the system's certificates takes tens of milliseconds: once a process."""
    return ssl.create_default_context()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer did not come in time")
    return left
