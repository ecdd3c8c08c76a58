"""Calls to the function under audit, in a process that is killed when it hangs."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..worker import CallFailed, CallTimeout, NotSendable, Worker, WorkerFailed, pack
from .target import THREADS, Call, Outcome, Target

_PATIENCE = 3  # so much longer by the wall, for what sleeps or waits for a processor


class Calls:
    """One process with its history; a new one follows where it hung or died."""

    def __init__(self, target: Target, timeout: float) -> None:
        self.target, self.timeout = target, timeout
        self.messages = target.messages
        self.made = 0
        self.pace_s = 0.0
        """What a call has taken of late."""
        self.unsendable = ""
        """Why the function cannot be sent to another process; empty where it can."""
        self._process: Worker | Forked | None = None
        self._packed: tuple[bytes, str | None] = (b"", None)
        try:
            if not isinstance(target.fn, str):
                pack(target.call or target.fn)  # for its name in the message
            self._packed = pack(target)
        except NotSendable as error:
            self.unsendable = str(error)

    def fresh(self, clock: float = 0.0) -> Calls:
        """A second process, without the history of this one, whose clock may be ahead."""
        other = Calls(replace(self.target, clock=clock, ready=False), self.timeout)
        other.messages = self.messages
        if self.unsendable:
            other.unsendable = self.unsendable
        return other

    def each(self, calls: Sequence[Call]) -> list[Outcome]:
        """Call by call; which of them hangs is found out."""
        outcomes = self._send("each", calls)
        if outcomes is not None:
            return outcomes
        if len(calls) == 1:
            return [Outcome(None, f"is not done after {self.timeout:g} s", hung=True)]
        return [outcome for call in calls for outcome in self.each([call])]

    def together(self, calls: Sequence[Call]) -> list[Outcome]:
        return self._all("together", calls)

    def threads(self, calls: Sequence[Call]) -> list[Outcome]:
        """All of them from each thread."""
        return self._all("threads", calls)

    def aside(self, call: Call) -> Outcome:
        """From a thread that is not the main one, where signals are no clock."""
        return self._all("aside", [call])[0]

    def _all(self, how: str, calls: Sequence[Call]) -> list[Outcome]:
        outcomes = self._send(how, calls)
        return outcomes or [Outcome(None, f"is not done after {self.timeout:g} s", hung=True)] * _count(how, calls)

    def _send(self, how: str, calls: Sequence[Call]) -> list[Outcome] | None:
        """None where the clock ran out."""
        count = _count(how, calls)
        limit = self.timeout + 4 * self.pace_s * count
        self.made += count
        try:
            if self._process is None:
                self._process = self._start()
            start = time.monotonic()
            outcomes = self._call(self._process, (how, list(calls), self.messages), limit)
            self.pace_s = max(self.pace_s / 2, (time.monotonic() - start) / count)
        except CallTimeout:
            self.close()
            return None
        except NotSendable as error:
            if self.unsendable:
                raise
            self.close()
            self.unsendable = str(error)
            return self._send(how, calls)
        except (WorkerFailed, CallFailed) as error:
            self.close()
            if len(calls) > 1 and how == "each":
                return [outcome for call in calls for outcome in self.each([call])]
            return [Outcome(None, f"kills its process: {error}")] * count
        return outcomes

    def _call(self, process: Worker | Forked, arguments: tuple[Any, ...], limit: float) -> list[Outcome]:
        """What the process answers; CPU time is what runs out, since a busy machine shall accuse nobody."""
        process.send(self._packed, arguments)
        pid = process.process.pid if isinstance(process, Worker) else process.pid
        end, start = time.monotonic() + _PATIENCE * limit, _cpu_s(pid)
        soonest = time.monotonic() + limit
        while not process.connection.poll(min(0.2, limit)):
            now = time.monotonic()
            if now > end or (now > soonest and _cpu_s(pid) - start > limit * 0.9):
                raise CallTimeout(f"no outcome after {limit:g} s")
        outcomes: list[Outcome] = process.receive()
        return outcomes

    def _start(self) -> Worker | Forked:
        return Forked(self.target) if self.unsendable else Worker()

    def close(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def __enter__(self) -> Calls:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _count(how: str, calls: Sequence[Call]) -> int:
    """How many outcomes there are."""
    return len(calls) * (THREADS if how == "threads" else 1)


def _cpu_s(pid: int) -> float:
    """CPU time that a process has taken, with its children that ended; endless where nobody tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("inf")
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


class Forked:
    """A fork of this process, for what cannot be pickled: a closure, a fixture, a lambda."""

    def __init__(self, target: Target) -> None:
        import socket
        from multiprocessing.connection import Connection

        ours, theirs = socket.socketpair()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of ours hold no lock that the child needs
            self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _serve(Connection(theirs.detach()), target)
        theirs.close()
        self.connection = Connection(ours.detach())

    def send(self, packed: object, arguments: tuple[Any, ...]) -> None:
        try:
            self.connection.send(arguments)
        except OSError as error:
            raise WorkerFailed("the process died") from error

    def receive(self) -> Any:
        try:
            return self.connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerFailed("the process died") from error

    def stop(self) -> None:
        self.connection.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _serve(connection: Any, target: Target) -> None:
    """In the child: it leaves by `os._exit`, so that nothing of the parent's is run twice."""
    try:
        while True:
            connection.send(target(*connection.recv()))
    except (EOFError, OSError):
        os._exit(0)
    finally:
        os._exit(1)
