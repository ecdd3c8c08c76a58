"""The embedded sandbox: a pool of zygotes on this machine."""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any

from . import outcomes, values
from .job import Job
from .languages import COMPILING, Language, find_language
from .slot import CannotStart, Settings, Slot, ZygoteDied
from .turns import Turns
from .types import DEFAULT_LIMITS, Execution, Limits, Program, Status

TIERS = ("A", "B")
"""Tried in this order; C isolates nothing and is for those who ask."""
_CACHE_BYTES = 64 << 20
"""Of compiled programs."""


class EmbeddedSandbox:
    """Programs in processes of this machine, each in a box of its own; see the package for how."""

    def __init__(
        self,
        *,
        tier: str | None = None,
        slots: int | None = None,
        packages: Sequence[str] = (),
        preload: Sequence[str] = (),
    ) -> None:
        if tier not in (None, *TIERS, "C"):
            raise ValueError(f"no tier {tier!r}: the tiers are A, B and C")
        for folder in packages if tier in (None, "A") else ():
            if f"{os.path.realpath(folder)}/".startswith("/tmp/"):
                raise ValueError(f"packages in {folder!r}: programs see a /tmp of their own, so have them elsewhere")
        self._open([Settings(one, tuple(packages), tuple(preload)) for one in ([tier] if tier else TIERS)], slots)

    def _open(self, choices: Sequence[Settings], slots: int | None) -> None:
        """Start the first zygote with the first settings that work here."""
        self._count = slots or len(os.sched_getaffinity(0))
        refusals = []
        for settings in choices:
            first = self._new_slot(settings)
            try:
                first.start()
            except CannotStart as error:
                refusals.append(f"tier {settings.tier}: {error}")
                continue
            self._settings = settings
            self._fill([first])
            _alive.add(self)
            return
        raise CannotStart("; ".join(refusals) + ". `python -m sandbox` says what would help")

    def _new_slot(self, settings: Settings) -> Slot:
        return Slot(settings)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens another sandbox with the same settings."""
        return _reopen, (self._settings, self._count)

    def _fill(self, started: list[Slot]) -> None:
        self._slots = started + [self._new_slot(self._settings) for _ in range(self._count - len(started))]
        self._free = Turns(self._slots)
        self._held = threading.local()
        self._compiling = threading.Lock()
        self._made: dict[Program, bytes] = {}
        self._closed = threading.Event()
        self._finalizer = weakref.finalize(self, _stop, self._slots, os.getpid())

    @property
    def isolation(self) -> str:
        return self._settings.tier

    @property
    def groups(self) -> list[str]:
        """The control groups that limit a slot, where they are writable."""
        return self._slots[0].groups

    def run(self, program: Program, *, stdin: bytes = b"", limits: Limits = DEFAULT_LIMITS) -> Execution:
        if program.language == "python":
            return self._run(_source(program), stdin, limits, {"mode": "run"})
        language = find_language(program)
        content = self._compiled(program, language) if language.compile else _source(program)
        if isinstance(content, Execution):
            return content
        file = language.run[0] if language.compile else language.file
        extra = {"mode": "execute", "file": file, "command": language.run}
        return self._run(content, stdin, limits, extra | {"bounded_addresses": language.bounded_addresses})

    def run_each(
        self, program: Program, stdins: Iterable[bytes], *, limits: Limits = DEFAULT_LIMITS
    ) -> Iterator[Execution]:
        waiting = iter(stdins)
        two = list(itertools.islice(waiting, 2))
        stdins = itertools.chain(two, waiting)
        # One run needs no template, and without a namespace of its own a template cannot clean up.
        if len(two) == 2 and self.isolation == "A" and program.language == "python":
            yield from self._each(_source(program), stdins, limits, {"mode": "runs"}, outcomes.of_run)
            return
        for stdin in stdins:
            yield self.run(program, stdin=stdin, limits=limits)

    def call_each(
        self,
        program: Program,
        entry_point: str,
        calls: Iterable[Sequence[Any]],
        *,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Iterator[Execution]:
        if program.language != "python":
            raise ValueError(f"functions of {program.language!r} cannot be called: only those of 'python'")
        encoded = (values.encode(list(arguments)) for arguments in calls)
        extra = {"mode": "calls", "entry_point": entry_point, "max_bytes": limits.output_kb << 10}
        return self._each(_source(program), encoded, limits, extra, outcomes.of_call)

    def _each(
        self,
        source: bytes,
        inputs: Iterator[bytes],
        limits: Limits,
        extra: dict[str, Any],
        once: Callable[[Job, bytes, str], Execution],
    ) -> Iterator[Execution]:
        """One process for many inputs, and a new one when an input has cost it its life."""
        pending = next(inputs, None)
        if pending is None:
            return
        failures = 0
        with self._slot() as slot:
            while pending is not None:
                try:
                    with Job(slot, source, b"", limits, extra) as job:
                        while pending is not None and job.report is None and not job.spent:
                            execution = once(job, pending, self.isolation)
                            failures = 0
                            yield execution
                            pending = next(inputs, None)
                except (ZygoteDied, CannotStart) as error:
                    slot.stop()
                    failures += 1
                    if failures > 1:
                        failures = 0
                        yield outcomes.failed(error, self.isolation)
                        pending = next(inputs, None)

    def _run(self, content: bytes, stdin: bytes, limits: Limits, extra: dict[str, Any]) -> Execution:
        with self._slot() as slot:
            for attempt in range(2):
                try:
                    with Job(slot, content, stdin, limits, extra) as job:
                        return outcomes.of_end(job, job.finish(), self.isolation)
                except (ZygoteDied, CannotStart) as error:
                    slot.stop()
                    if attempt:
                        return outcomes.failed(error, self.isolation)
        raise AssertionError("unreachable")

    def _compiled(self, program: Program, language: Language) -> bytes | Execution:
        """The program as it is executed, from the cache where it is there; or why the compiler refused it."""
        with self._compiling:
            if program in self._made:
                return self._made[program]
        extra = {"mode": "compile", "file": language.file, "command": language.compile, "target": language.run[0]}
        with self._slot() as slot:
            try:
                with Job(slot, _source(program), b"", COMPILING, extra) as job:
                    made = job.made()
                    execution = outcomes.of_end(job, job.finish(), self.isolation)
            except (ZygoteDied, CannotStart) as error:
                slot.stop()
                return outcomes.failed(error, self.isolation)
        if execution.status is Status.FAILED:
            return execution
        if execution.status is not Status.OK or made is None:
            return replace(execution, status=Status.CE)
        with self._compiling:
            self._made[program] = made
            while sum(map(len, self._made.values())) > _CACHE_BYTES and len(self._made) > 1:
                del self._made[next(iter(self._made))]
        return made

    def close(self) -> None:
        """End every zygote; one at work, when its work is done. Closing twice is closing once."""
        self._closed.set()
        idle = []
        while (slot := self._free.take(wait=False)) is not None:
            idle.append(slot)
        for slot in idle:
            slot.stop()
            self._free.give(slot)  # whoever waits for it learns that the sandbox is closed

    def __enter__(self) -> EmbeddedSandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _slot(self) -> Iterator[Slot]:
        """A slot of one's own, until the block is left."""
        free, held = self._free, self._held
        mine = getattr(held, "count", 0)
        slot = free.take(wait=mine == 0 and not self._closed.is_set())
        if slot is None:  # this thread holds what it would wait for: an unfinished call_each
            slot = self._new_slot(self._settings)
        pooled = slot in self._slots
        held.count = mine + 1
        try:
            if self._closed.is_set():
                raise ValueError("this sandbox is closed: open another one")
            yield slot
        finally:
            held.count = getattr(held, "count", 1) - 1
            if self._closed.is_set() or not pooled:
                slot.stop()
            if pooled:
                free.give(slot)


def _reopen(settings: Settings, count: int) -> EmbeddedSandbox:
    return EmbeddedSandbox(tier=settings.tier, slots=count, packages=settings.packages, preload=settings.preload)


def _source(program: Program) -> bytes:
    return program.source.encode("utf-8", "surrogatepass")


def _stop(slots: list[Slot], owner: int) -> None:
    if os.getpid() == owner:
        for slot in slots:
            slot.stop()


_alive: weakref.WeakSet[EmbeddedSandbox] = weakref.WeakSet()


def _after_fork() -> None:
    """A forked child has the parent's sockets: let go of them, or zygotes would outlive the parent; start anew."""
    for sandbox in list(_alive):
        sandbox._finalizer.detach()
        closed = sandbox._closed.is_set()
        for slot in sandbox._slots:
            slot.forget()
        sandbox._fill([])
        if closed:
            sandbox._closed.set()


os.register_at_fork(after_in_child=_after_fork)
