"""What crosses the sandbox's boundary: a program, its input and its limits in; executions out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any, Protocol


class Status(str, Enum):  # enum.StrEnum came with Python 3.11
    """How an execution ended; whether the output is right is not the sandbox's to say."""

    OK = "OK"
    RE = "RE"
    """Runtime error, or a non-zero exit."""
    CE = "CE"
    """Does not compile."""
    TLE = "TLE"
    """Too much CPU time, or wall time."""
    MLE = "MLE"
    """Too much memory."""
    OLE = "OLE"
    """Too much output."""
    FAILED = "FAILED"
    """The sandbox's own fault: the program was not judged."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Program:
    """Source text and the language it is in."""

    source: str
    language: str = "python"


@dataclass(frozen=True)
class Limits:
    """What one execution may use: seconds (_s), MiB (_mb), KiB (_kb). CPU time decides; wall time is the backstop for
    sleepers. TypeError or ValueError names a limit that is none.

    >>> Limits(cpu_s=1).wall_s
    12.0
    """

    cpu_s: float = 3.0
    wall_s: float = 12.0
    memory_mb: int = 512
    output_kb: int = 1024
    processes: int = 32
    disk_mb: int = 32

    def __post_init__(self) -> None:
        for name in ("cpu_s", "wall_s", "memory_mb", "output_kb", "processes", "disk_mb"):
            value = getattr(self, name)
            whole = name not in ("cpu_s", "wall_s")
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise TypeError(f"{name} {value!r} is not a {'whole ' if whole else ''}number")
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} {value!r} is not above 0 and finite")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Execution:
    """What one run of a program, or one call of its function, did as the outside saw it."""

    status: Status
    stdout: bytes
    stderr: bytes
    exit_code: int | None
    """None where the program was killed."""
    cpu_s: float
    """Seconds, children included."""
    wall_s: float
    memory_mb: float
    """MiB, at its highest."""
    isolation: str
    """The tier of isolation it ran under: "A", "B" or "C"."""
    note: str = ""
    value: Any = None
    """What a call returned, rebuilt by `sandbox.values` from plain built-ins; None for a run."""


class Sandbox(Protocol):
    """A place to run programs; close it, or use it in a with statement. Any number of threads may use one at once."""

    @property
    def isolation(self) -> str:
        """The tier: "A", "B" or "C"."""

    def run(self, program: Program, *, stdin: bytes = b"", limits: Limits = ...) -> Execution:
        """One run in a fresh box."""

    def run_each(self, program: Program, stdins: Iterable[bytes], *, limits: Limits = ...) -> Iterator[Execution]:
        """One run for each input, lazily, each in a fresh process: closing the iterator runs no more."""

    def call_each(
        self, program: Program, entry_point: str, calls: Iterable[Sequence[Any]], *, limits: Limits = ...
    ) -> Iterator[Execution]:
        """One call of a Python function for each list of arguments, lazily: the next arguments are asked for when the
        last execution has been handed out. The program is loaded once a process; a killed call costs only itself."""

    def close(self) -> None:
        """It runs nothing more, and gives back what it holds."""

    def __enter__(self) -> Sandbox: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
