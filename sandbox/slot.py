"""A slot as the caller has it: a zygote behind a socket, started when first needed, started again when it dies."""

from __future__ import annotations

import array
import errno
import json
import marshal
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from . import forks

_START_S = 60.0
_PATIENCE_S = 5.0
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BOOT = f"import sys; sys.path.insert(0, {_HOME!r}); from sandbox.launch import main; main()"
# Deep recursion needs a stack limit that is set before Python starts.
SHELL = 'ulimit -S -s unlimited 2>/dev/null || ulimit -S -s "$(ulimit -H -s)"; exec "$@"'


class ZygoteDied(Exception):
    """The slot's process has ended, or does not answer: whatever it was running is undecided."""


class CannotStart(RuntimeError):
    """This tier of isolation is not to be had here; the message says why."""


@dataclass(frozen=True)
class Settings:
    """How zygotes are started."""

    tier: str
    packages: Sequence[str] = ()
    """Folders of third-party packages that programs may import from."""
    preload: Sequence[str] = ()
    """Modules to import before the fork, besides the standard library."""


def send_with(where: socket.socket, data: bytes, descriptors: Sequence[int]) -> None:
    """Send a message with descriptors. The kernel counts those on their way for all of a user's processes: where there
    are too many, those of others will arrive soon."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            where.sendmsg([data], rights)
            return
        except OSError as error:
            if error.errno != errno.ETOOMANYREFS or time.monotonic() > give_up:
                raise
        time.sleep(0.01)


@dataclass(eq=False)
class Slot:
    """One zygote. Used by one thread at a time."""

    settings: Settings
    control: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    groups: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start the zygote if it is not there, and wait until it can take jobs."""
        if self.control is not None:
            return
        with forks.none():
            self._spawn()
        self.greet(_START_S)
        process = self.process
        for pipe in (process.stdout, process.stderr) if process else ():
            if pipe is not None:
                pipe.close()

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings: dict[str, Any] = {"home": _HOME, "tier": self.settings.tier, "control": theirs.fileno()}
        settings |= {"packages": list(self.settings.packages), "preload": list(self.settings.preload)}
        python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        process = subprocess.Popen(
            ["/bin/sh", "-c", SHELL, "sandbox", python, "-s", "-S", "-B", "-c", _BOOT, json.dumps(settings)],
            stdin=subprocess.DEVNULL,  # which can be sought in, as a program's input: Python asks once
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self.control, self.process = ours, process

    def greet(self, timeout_s: float) -> None:
        """Wait for the zygote's first word."""
        if self.control is not None:
            self.control.settimeout(timeout_s)  # a zygote that reads no more must not hold up who writes
        try:
            answer = self.receive(timeout_s)
        except ZygoteDied:
            complaint = self.complaint()
            self.stop()
            raise CannotStart(complaint or "the zygote died at its start") from None
        if "error" in answer:
            self.stop()
            raise CannotStart(answer["error"])
        self.groups = answer["groups"]

    def complaint(self) -> str:
        """The last that a zygote which died at its start has said."""
        if self.process is None:
            return ""
        return self.process.communicate(timeout=5)[1].decode(errors="replace")[-500:]

    def send(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        if self.control is None:
            raise ZygoteDied("not started")
        try:
            # Read in one call of C; the zygote's own memory is dear to touch.
            send_with(self.control, marshal.dumps(message, 2), descriptors)
        except OSError as error:
            raise ZygoteDied(str(error)) from None

    @property
    def descriptor(self) -> int:
        if self.control is None:
            raise ZygoteDied("not started")
        return self.control.fileno()

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """The zygote's next message."""
        if self.control is None:
            raise ZygoteDied("not started")
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        if not poll.poll(1000 * timeout_s):
            raise ZygoteDied(f"no answer in {timeout_s:.0f} s")
        try:
            data = self.control.recv(65536)
        except OSError as error:
            raise ZygoteDied(str(error)) from None
        if not data:
            raise ZygoteDied("its socket is closed")
        message: dict[str, Any] = json.loads(data)
        if "failure" in message:
            raise ZygoteDied(message["failure"])
        return message

    def stop(self) -> None:
        """End the zygote and all that it runs: it sees its socket close. One that does not is killed."""
        control, process = self.control, self.process
        self.control = self.process = None
        if control is not None:
            control.close()
        if process is None:
            return
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()  # the zygote dies with its launcher
            process.wait()

    def forget(self) -> None:
        """In a forked child: the zygote is the parent's."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.returncode = 0  # not ours to wait for
        self.control = self.process = None
