"""One program's process as the caller sees it: pipes to read and calls to send, until it ends or is cut off."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from . import forks
from .given import open_input
from .inside import NOT_COMPILED, NOT_CONFINED
from .slot import Slot, ZygoteDied, send_with
from .stream import CHUNK, Stream
from .types import Limits

_STDERR_FACTOR = 16
"""Text on stderr is cut at the output limit, and ends the program at this many times it."""
_STEP_S = 0.2
_QUICK_S = 0.005
"""So soon after the zygote has counted it is not asked again: the wall time of a call stands for its CPU time."""


class Job:
    """A started program. Leave the `with` block, and it is dead and its descriptors are closed."""

    def __init__(self, slot: Slot, source: bytes, stdin: bytes, limits: Limits, extra: dict[str, Any]) -> None:
        self.slot = slot
        self.limits = limits
        self.report: dict[str, Any] | None = None
        """What the zygote says of a program that has ended."""
        self.cut_off = ""
        """The limit for which the caller has ended it."""
        self.told = b""
        """What our own code in the process has said before any line of the program ran: one byte, and another."""
        self.spent = False
        """Whether the process has served its time, though it lives."""
        self._poll = select.poll()
        self._on: dict[int, Callable[[], object]] = {}
        self._clock, self._late = 0.0, limits.wall_s
        """The wall clock, less what this process itself has slept through; and when the zygote is told of it."""
        self._inbox, self._outbox = bytearray(), memoryview(b"")
        self._counted, self._uncounted_s, self._memory_mb = 0.0, 0.0, 0.0
        self.stdout = self.stderr = Stream(-1, 0, 0)
        slot.start()
        with forks.none():
            self._channel, theirs = socket.socketpair()
            self._channel.setblocking(False)
            forks.close_in_children(self)
            given = [theirs.detach(), *self._open_streams(stdin)]
            try:
                slot.send({"do": "start", "limits": vars(limits)} | extra, given)
            except ZygoteDied:
                self.close()
                raise
            finally:
                for descriptor in given:
                    os.close(descriptor)
        self._watch(slot.descriptor, select.POLLIN, self._answer)
        self._watch(self._channel.fileno(), select.POLLIN, self._on_channel)
        self._say(source)

    def finish(self) -> dict[str, Any]:
        """Read until the program has ended; what the zygote says of it."""
        while self.report is None:
            self._step()
        self.stdout.drain()
        self.stderr.drain()
        self._listen()
        return self.report

    def call(self, arguments: bytes) -> bytes | None:
        """Send a call and wait for the answer; None where the program ended or was cut off instead."""
        if self._inbox:  # one answer a call; a program that sends more is done with
            self._cut("unasked")
            return None
        self._say(arguments)
        return self._await_answer()

    def run_again(self, stdin: bytes) -> bytes | None:
        """Have a template run the program once more, with pipes of its own; the answer as for a call."""
        while len(self.told) < 2 and self.report is None:
            self._step()
        if self.report is not None or self.told[1:] == NOT_COMPILED:
            return None
        with forks.none():
            given = self._open_streams(stdin)
            try:
                send_with(self._channel, b"!", given)
            except (BrokenPipeError, ConnectionResetError, BlockingIOError):
                self._cut("unasked")  # a template that is busy with something else
                return None
            except OSError as error:
                raise ZygoteDied(str(error)) from None  # or as good as dead: it cannot be reached
            finally:
                for descriptor in given:
                    os.close(descriptor)
        return self._await_answer()

    def made(self) -> bytes | None:
        """What a compiler has made."""
        return self._await_answer()

    def used(self) -> dict[str, Any]:
        """What the call that has just been answered took; its output is in the streams."""
        now = time.monotonic()
        wall_s = now - self._asked
        if self.report is None and now - self._counted < _QUICK_S:
            used = {"cpu_s": wall_s, "memory_mb": self._memory_mb}
            self._uncounted_s += wall_s
        else:
            used = dict(self.report or self._count())
            used["cpu_s"] = max(0.0, used["cpu_s"] - self._uncounted_s)
            self._counted, self._uncounted_s, self._memory_mb = time.monotonic(), 0.0, used["memory_mb"]
        used["wall_s"] = wall_s
        for stream in (self.stdout, self.stderr):
            stream.drain()
            if stream.over:
                self._cut("output")
        return used

    def _count(self) -> dict[str, Any]:
        """What the zygote counts since it was last asked."""
        self.slot.send({"do": "used"})
        return self._answer()

    def _await_answer(self) -> bytes | None:
        self._asked = time.monotonic()
        self._clock, self._late = 0.0, self.limits.wall_s
        while True:
            if self.report is not None:
                self._listen()  # to what a process said just before its end
            if len(self._inbox) >= 4:
                size = int.from_bytes(self._inbox[:4], "little")
                if size > self.limits.output_kb << 10:
                    self._cut("value")
                    return None
                if len(self._inbox) >= 4 + size:
                    answer = bytes(self._inbox[4 : 4 + size])
                    del self._inbox[: 4 + size]
                    return answer
            if self.report is not None:
                return None
            self._step()

    def _answer(self) -> dict[str, Any]:
        message = self.slot.receive(self._patience)
        if "ended_by" in message:
            self.report = message
        return message

    @property
    def _patience(self) -> float:
        """How long to wait for the zygote, which keeps the limits itself: this is for a zygote that cannot."""
        return 60 + 11 * self.limits.wall_s

    def _step(self) -> None:
        """Wait for something to happen, and deal with it. Where another thread or the machine holds this process up, a
        program may have to wait for it: then the clock stands still."""
        if self._clock >= self._late:
            self.slot.send({"do": "late", "passed": self._clock})
            self._late = self._clock + _STEP_S
        begun = time.monotonic()
        for descriptor, _ in self._poll.poll(1000 * min(_STEP_S, self._late - self._clock)):
            if descriptor in self._on:
                self._on[descriptor]()
        self._clock += min(time.monotonic() - begun, _STEP_S)
        if self._clock > self._patience:
            raise ZygoteDied("no answer")

    def _watch(self, descriptor: int, events: int, handler: Callable[[], object]) -> None:
        self._poll.register(descriptor, events)
        self._on[descriptor] = handler

    def _unwatch(self, descriptor: int) -> None:
        if self._on.pop(descriptor, None):
            self._poll.unregister(descriptor)

    def _open_streams(self, stdin: bytes) -> list[int]:
        """The input, and new pipes in place of the old; the program's ends of them."""
        self._close_pipes()
        cap = self.limits.output_kb << 10
        stdout, stdout_theirs = os.pipe2(os.O_CLOEXEC)
        stderr, stderr_theirs = os.pipe2(os.O_CLOEXEC)
        for descriptor in (stdout, stderr):
            os.set_blocking(descriptor, False)
            os.fchmod(descriptor, 0o666)  # a program of another user may open /dev/stdout
        self.stdout, self.stderr = Stream(stdout, cap + 1, cap), Stream(stderr, cap, cap * _STDERR_FACTOR)
        self._watch(stdout, select.POLLIN, lambda: self._on_output(self.stdout))
        self._watch(stderr, select.POLLIN, lambda: self._on_output(self.stderr))
        return [open_input(stdin), stdout_theirs, stderr_theirs]

    def _on_output(self, stream: Stream) -> None:
        stream.read()
        if stream.over:
            self._cut("output")
        if stream.ended or stream.over:
            self._unwatch(stream.descriptor)

    def _say(self, message: bytes) -> None:
        """Send a message on the channel, after what is still on its way."""
        self._outbox = memoryview(bytes(self._outbox) + len(message).to_bytes(4, "little") + message)
        self._speak()

    def _speak(self) -> None:
        channel = self._channel.fileno()
        if channel not in self._on:
            return
        try:
            while self._outbox:
                self._outbox = self._outbox[self._channel.send(self._outbox[: 16 * CHUNK]) :]
        except BlockingIOError:
            self._poll.modify(channel, select.POLLIN | select.POLLOUT)
            return
        except (BrokenPipeError, ConnectionResetError):
            self._outbox = memoryview(b"")
        self._poll.modify(channel, select.POLLIN)

    def _on_channel(self) -> None:
        if self._outbox:
            self._speak()
        self._listen()

    def _listen(self) -> None:
        """Hear all that has been said on the channel, or a little more than may be said."""
        while self._channel.fileno() in self._on and len(self._inbox) <= (self.limits.output_kb << 10) + CHUNK:
            try:
                part = self._channel.recv(CHUNK)
            except BlockingIOError:
                return
            except ConnectionResetError:
                part = b""
            if not part:
                self._unwatch(self._channel.fileno())
            head = 1000 if self.told[:1] == NOT_CONFINED else 2 - len(self.told)
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

    def _close_pipes(self) -> None:
        for descriptor in (self.stdout.descriptor, self.stderr.descriptor):
            if descriptor >= 0:
                self._unwatch(descriptor)
                os.close(descriptor)
        self.stdout.descriptor = self.stderr.descriptor = -1

    def close(self) -> None:
        """Close this end of everything. The program is not ended by it."""
        forks.forget(self)
        self._close_pipes()
        self._channel.close()
