"""One program's process as the caller sees it: pipes to feed and to read, until it ends, answers, or is cut off."""

from __future__ import annotations

import os
import select
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from . import forks
from .inside import NOT_CONFINED
from .slot import Slot, ZygoteDied
from .types import Limits

_STDERR_FACTOR = 16
"""Text on stderr is cut at the output limit, and ends the program at this many times it."""
_CHUNK = 1 << 16


@dataclass
class Stream:
    """What has come out of one of the program's pipes."""

    descriptor: int
    kept: bytearray
    keep: int
    allowed: int
    seen: int = 0
    open: bool = True

    def read(self) -> None:
        """All that is there now."""
        while self.open:
            try:
                part = os.read(self.descriptor, _CHUNK)
            except BlockingIOError:
                return
            self.seen += len(part)
            self.open = bool(part)
            self.kept += part[: max(0, self.keep - len(self.kept))]
            if self.seen > self.allowed:
                return

    def take(self) -> bytes:
        taken = bytes(self.kept)
        self.kept.clear()
        self.seen = 0
        return taken


class Job:
    """A started program. Leave the `with` block, and it is dead and its descriptors are closed."""

    def __init__(self, slot: Slot, source: bytes, stdin: bytes, limits: Limits, extra: dict[str, Any]) -> None:
        self.slot = slot
        self.limits = limits
        self.report: dict[str, Any] | None = None
        self.cut_off = ""
        self.told = b""
        """What our own code in the process has said before any line of the program ran: one byte, and another."""
        self._channel_open = True
        self._inbox = bytearray()
        slot.start()
        with forks.none():
            given = self._open_pipes(limits.output_kb << 10)
            forks.close_in_children(self)
            try:
                slot.send({"do": "start", "limits": vars(limits), "bounded_addresses": True} | extra, given)
            except ZygoteDied:
                self.close()
                raise
            finally:
                for descriptor in given:
                    os.close(descriptor)
        self._feeds = {self._channel.fileno(): memoryview(_framed(source)), self._stdin: memoryview(stdin)}
        for descriptor in tuple(self._feeds):
            self._feed(descriptor)

    def _open_pipes(self, cap: int) -> list[int]:
        """This end of the program's channel and pipes; the other ends, for the program."""
        self._channel, channel_theirs = socket.socketpair()
        stdin_theirs, self._stdin = os.pipe2(os.O_CLOEXEC)
        stdout, stdout_theirs = os.pipe2(os.O_CLOEXEC)
        stderr, stderr_theirs = os.pipe2(os.O_CLOEXEC)
        for descriptor in (self._stdin, stdout, stderr):
            os.set_blocking(descriptor, False)
        self._channel.setblocking(False)
        self.stdout = Stream(stdout, bytearray(), cap + 1, cap)
        self.stderr = Stream(stderr, bytearray(), cap, cap * _STDERR_FACTOR)
        return [channel_theirs.detach(), stdin_theirs, stdout_theirs, stderr_theirs]

    def finish(self) -> dict[str, Any]:
        """Feed and read until the program has ended; what the zygote says of it."""
        while self.report is None:
            self._step()
        for stream in (self.stdout, self.stderr):
            stream.read()
        if self._channel_open:
            self._listen()
        return self.report

    def ask(self, message: bytes) -> bytes | None:
        """Send a call and wait for the answer; None where the program ended or was cut off instead."""
        if self._inbox:  # one answer a call; a program that sends more is done with
            self._cut("unasked")
            return None
        self._feeds[self._channel.fileno()] = memoryview(self._rest() + _framed(message))
        self._asked = time.monotonic()
        self._feed(self._channel.fileno())
        while self.report is None:
            if len(self._inbox) >= 4:
                size = int.from_bytes(self._inbox[:4], "little")
                if size > self.limits.output_kb << 10:
                    self._cut("value")
                    return None
                if len(self._inbox) >= 4 + size:
                    answer = bytes(self._inbox[4 : 4 + size])
                    del self._inbox[: 4 + size]
                    return answer
            left = self._asked + self.limits.wall_s - time.monotonic()
            if not self._step(max(0.1, left)):
                self.slot.send({"do": "late", "passed": time.monotonic() - self._asked})
        return None

    def _rest(self) -> bytes:
        """What of the source or of a call is still to be sent."""
        return bytes(self._feeds.get(self._channel.fileno(), b""))

    def used(self) -> dict[str, Any]:
        """What the call that has just been answered took; its output is in the streams."""
        self.slot.send({"do": "used"})
        used = self._answer()
        used["wall_s"] = time.monotonic() - self._asked
        for stream in (self.stdout, self.stderr):
            stream.read()
            if stream.seen > stream.allowed:
                self._cut("output")
        return used

    def _answer(self) -> dict[str, Any]:
        message = self.slot.receive(self._patience())
        if "ended_by" in message:
            self.report = message
        return message

    def _patience(self) -> float:
        """How long to wait for the zygote, which keeps the limits itself: this is for a zygote that cannot."""
        return 60 + 11 * self.limits.wall_s

    def _step(self, timeout_s: float | None = None) -> bool:
        """Wait for something to happen, and deal with it; whether anything has."""
        control = self.slot.control
        if control is None:
            raise ZygoteDied("not started")
        poll = select.poll()
        poll.register(control, select.POLLIN)
        for stream in (self.stdout, self.stderr):
            if stream.open and not self.cut_off:
                poll.register(stream.descriptor, select.POLLIN)
        channel = self._channel.fileno()
        for descriptor, rest in self._feeds.items():
            poll.register(descriptor, select.POLLOUT if rest else 0)
        if self._channel_open:
            poll.register(channel, select.POLLIN | (select.POLLOUT if self._feeds.get(channel) else 0))
        events = dict(poll.poll(1000 * (self._patience() if timeout_s is None else timeout_s)))
        if not events and timeout_s is None:
            raise ZygoteDied("no answer")
        for stream in (self.stdout, self.stderr):
            if stream.descriptor in events:
                stream.read()
                if stream.seen > stream.allowed:
                    self._cut("output")
        if channel in events and self._channel_open:
            self._listen()
        for descriptor in tuple(self._feeds):
            if descriptor in events:
                self._feed(descriptor)
        if control.fileno() in events:
            self._answer()
        return bool(events)

    def _feed(self, descriptor: int) -> None:
        if descriptor not in self._feeds:
            return
        rest = self._feeds[descriptor]
        try:
            while rest:
                rest = rest[os.write(descriptor, rest[: 16 * _CHUNK]) :]
        except BlockingIOError:
            self._feeds[descriptor] = rest
            return
        except (BrokenPipeError, ConnectionResetError):
            rest = rest[:0]  # a program need not read its input
        del self._feeds[descriptor]
        if descriptor == self._stdin:
            os.close(descriptor)
            self._stdin = -1

    def _listen(self) -> None:
        try:
            part = self._channel.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionResetError:
            part = b""
        if not part:
            self._channel_open = False
            self._feeds.pop(self._channel.fileno(), None)
            return
        if self.told[:1] == NOT_CONFINED:
            self.told += part
            return
        head = 2 - len(self.told)
        self.told += part[:head]
        self._inbox += part[head:]

    def _cut(self, why: str) -> None:
        if not self.cut_off:
            self.cut_off = why
            self.slot.send({"do": "kill"})

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.report is None and not isinstance(error, ZygoteDied):
                self._cut("caller")
                while self.report is None:
                    self._answer()
        finally:
            self.close()

    def close(self) -> None:
        """Close this end of everything. The program is not ended by it."""
        forks.forget(self)
        self._channel.close()
        for descriptor in (self._stdin, self.stdout.descriptor, self.stderr.descriptor):
            if descriptor >= 0:
                os.close(descriptor)
        self._stdin = self.stdout.descriptor = self.stderr.descriptor = -1


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "little") + message
