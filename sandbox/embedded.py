"""The embedded sandbox: a pool of zygotes on this machine, and what their reports mean."""

from __future__ import annotations

import itertools
import os
import queue
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any

from . import template, values
from .inside import ERROR, NO_MEMORY, NOT_COMPILED, NOT_CONFINED, VALUE
from .job import Job
from .slot import CannotStart, Settings, Slot, ZygoteDied
from .types import Execution, Limits, Program, Status

TIERS = ("A", "B")
"""Tried in this order; C isolates nothing and is for those who ask."""
_STOPPED_BY = {"cpu": Status.TLE, "wall": Status.TLE, "memory": Status.MLE, "output": Status.OLE, "value": Status.OLE}
_STOPPED_BY |= {"disk": Status.RE, "process": Status.RE, "unasked": Status.RE}
_COARSE_S = 0.03


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
        self._free: queue.LifoQueue[Slot] = queue.LifoQueue()
        for slot in reversed(self._slots):
            self._free.put(slot)
        self._held = threading.local()
        self._closed = threading.Event()
        self._finalizer = weakref.finalize(self, _stop, self._slots, os.getpid())

    @property
    def isolation(self) -> str:
        return self._settings.tier

    @property
    def groups(self) -> list[str]:
        """The control groups that limit a slot, where they are writable."""
        return self._slots[0].groups

    def run(self, program: Program, *, stdin: bytes = b"", limits: Limits = Limits()) -> Execution:  # noqa: B008
        source = _source(program)
        with self._slot() as slot:
            for attempt in range(2):
                try:
                    with Job(slot, source, stdin, limits, {}) as job:
                        return self._execution(job, job.finish())
                except (ZygoteDied, CannotStart) as error:
                    slot.stop()
                    if attempt:
                        return self._failed(error)
        raise AssertionError("unreachable")

    def run_each(self, program: Program, stdins: Iterable[bytes], *, limits: Limits = Limits()) -> Iterator[Execution]:  # noqa: B008
        waiting = iter(stdins)
        two = list(itertools.islice(waiting, 2))
        if (
            len(two) < 2 or self.isolation != "A"
        ):  # one run needs no template; and without a namespace it cannot clean up
            for stdin in itertools.chain(two, waiting):
                yield self.run(program, stdin=stdin, limits=limits)
            return
        extra = {"mode": "runs"}
        yield from self._each(_source(program), itertools.chain(two, waiting), limits, extra, self._run_once)

    def call_each(
        self,
        program: Program,
        entry_point: str,
        calls: Iterable[Sequence[Any]],
        *,
        limits: Limits = Limits(),  # noqa: B008
    ) -> Iterator[Execution]:
        if program.language != "python":
            raise ValueError(f"functions of {program.language!r} cannot be called: only those of 'python'")
        encoded = (values.encode(list(arguments)) for arguments in calls)
        extra = {"mode": "calls", "entry_point": entry_point, "max_bytes": limits.output_kb << 10}
        return self._each(_source(program), encoded, limits, extra, self._call_once)

    def _each(
        self,
        source: bytes,
        inputs: Iterator[bytes],
        limits: Limits,
        extra: dict[str, Any],
        once: Callable[[Job, bytes], Execution],
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
                            execution = once(job, pending)
                            failures = 0
                            yield execution
                            pending = next(inputs, None)
                except (ZygoteDied, CannotStart) as error:
                    slot.stop()
                    failures += 1
                    if failures > 1:
                        failures = 0
                        yield self._failed(error)
                        pending = next(inputs, None)

    def close(self) -> None:
        """End every zygote; one at work, when its work is done. Closing twice is closing once."""
        self._closed.set()
        idle = []
        while not self._free.empty():
            try:
                idle.append(self._free.get_nowait())
            except queue.Empty:
                break
        for slot in idle:
            slot.stop()
            self._free.put(slot)  # whoever waits for it learns that the sandbox is closed

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
        try:
            slot = free.get(block=mine == 0 and not self._closed.is_set())
        except queue.Empty:  # this thread holds what it would wait for: an unfinished call_each
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
                free.put(slot)

    def _run_once(self, job: Job, stdin: bytes) -> Execution:
        answer = job.run_again(stdin)
        if answer is None:
            execution = self._execution(job, job.finish())
            if execution.status is Status.OK:  # the template's exit, not the program's
                return replace(execution, status=Status.RE, exit_code=None, note="it ended its parent")
            return execution
        used = job.used()
        if len(answer) != template.ANSWER.size:  # forged
            answer = template.ANSWER.pack(1 << 8, 0, 0.0, True)
        status, peak_kb, cpu_s, job.spent = template.ANSWER.unpack(answer)
        used["memory_mb"] = max(peak_kb / 1024, used["memory_mb"])
        if abs(used["cpu_s"] - cpu_s) < _COARSE_S:  # what /proc says of collected children comes in hundredths
            used["cpu_s"] = cpu_s
        used |= {"exit_code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None}
        used |= {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "ended_by": ""}
        if used["cpu_s"] > job.limits.cpu_s:
            used["ended_by"] = "cpu"
        elif used["memory_mb"] > job.limits.memory_mb:
            used["ended_by"] = "memory"
        return self._execution(job, used)

    def _call_once(self, job: Job, arguments: bytes) -> Execution:
        answer = job.call(arguments)
        if answer is None:
            execution = self._execution(job, job.finish())
            if execution.status is Status.OK:  # it ended, which is no return
                return replace(execution, status=Status.RE, note="the program ended during the call")
            return execution
        used = job.used()
        if job.cut_off:
            return self._execution(job, job.finish())
        status, value, note = _read_answer(answer, job.limits)
        if used["cpu_s"] > job.limits.cpu_s:
            status, value = Status.TLE, None
        return Execution(
            status,
            job.stdout.take(),
            job.stderr.take(),
            None,
            used["cpu_s"],
            used["wall_s"],
            used["memory_mb"],
            self.isolation,
            note,
            value,
        )

    def _execution(self, job: Job, report: dict[str, Any]) -> Execution:
        stdout, stderr = job.stdout.take(), job.stderr.take()
        cap = job.limits.output_kb << 10
        ended_by = job.cut_off if report["ended_by"] in ("caller", "") and job.cut_off else report["ended_by"]
        note = ""
        if job.told[:1] == NOT_CONFINED or (not job.told and not ended_by):
            status = Status.FAILED
            note = f"the box could not be closed: {job.told[1:].decode(errors='replace') or report}"
        elif ended_by:
            status = _STOPPED_BY.get(ended_by, Status.FAILED)
            note = f"stopped: {ended_by} limit"
        elif len(stdout) > cap:
            status = Status.OLE
        elif job.told[1:] == NOT_COMPILED:
            status = Status.CE
        elif report["exit_code"] == 0:
            status = Status.OK
        elif report["exit_code"] == 1 and stderr.rstrip().rpartition(b"\n")[2].startswith(b"MemoryError"):
            status = Status.MLE
        else:
            status = Status.RE
            note = f"signal {report['signal']}" if report["signal"] else f"exit status {report['exit_code']}"
        return Execution(
            status,
            stdout[:cap],
            stderr,
            report["exit_code"],
            report["cpu_s"],
            report["wall_s"],
            report["memory_mb"],
            self.isolation,
            note,
        )

    def _failed(self, error: Exception) -> Execution:
        return Execution(Status.FAILED, b"", b"", None, 0.0, 0.0, 0.0, self.isolation, f"sandbox: {error}")


def _reopen(settings: Settings, count: int) -> EmbeddedSandbox:
    return EmbeddedSandbox(tier=settings.tier, slots=count, packages=settings.packages, preload=settings.preload)


def _source(program: Program) -> bytes:
    return program.source.encode("utf-8", "surrogatepass")


def _read_answer(answer: bytes, limits: Limits) -> tuple[Status, Any, str]:
    kind, body = answer[:1], answer[1:]
    if kind == VALUE:
        try:
            return Status.OK, values.decode(body, max_bytes=limits.output_kb << 10), ""
        except values.Refused as error:
            return Status.RE, None, f"returned {error}"
    if kind == NO_MEMORY:
        return Status.MLE, None, "MemoryError"
    return Status.RE, None, body[:300].decode(errors="replace") if kind == ERROR else "an answer of no known kind"


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
