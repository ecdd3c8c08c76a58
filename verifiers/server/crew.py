"""The workers: each a thread that waits, and a process that scores one completion at a time and can be killed.

Requests take turns, a completion each, so that a small one does not wait for a large one to end.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..limited import Bounded
from ..metrics import Metrics
from ..types import Reason, Verdict
from ..worker import CallFailed, CallTimeout, NotSendable, Worker, WorkerFailed, pack
from . import scoring
from .payloads import Scored
from .scoring import Said, Task

_LOAD_S = 120.0  # for a user's modules, before the first clock runs
_PAUSES_S = (0.0, 0.1, 1.0)  # before each try to start a worker


class Late(Exception):
    """The request's deadline came first."""


@dataclass(eq=False)
class Request:
    """Some tasks, whose answer is complete or none."""

    tasks: Sequence[Task]
    until: float
    """The moment, by time.monotonic, when nobody waits any more."""
    answer: asyncio.Future[list[Scored]]
    begun: int = 0
    scored: dict[int, Scored] = field(default_factory=dict)
    dropped: bool = False


class _Seat:
    """A thread's worker, and the next one where it has died."""

    def __init__(self, load: Any, specs: Mapping[str, str], on_ready: Callable[[], None]) -> None:
        self._load = load
        self._specs = specs
        self._on_ready = on_ready
        self._worker: Worker | None = None

    def begin(self) -> Worker:
        """A worker that has loaded the reward functions, which is on nobody's clock; WorkerFailed after some tries."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        problem = ""
        for pause in _PAUSES_S:
            time.sleep(pause)
            try:
                self._worker = Worker()
                self._worker.call(self._load, (self._specs,), _LOAD_S)
            except Exception as error:  # no exception may end the thread
                self.end()
                problem = str(error)
            else:
                self._on_ready()
                return self._worker
        raise WorkerFailed(f"no worker could load the reward functions: {problem}")

    def call(self, function: Any, arguments: tuple[Any, ...], timeout: float) -> Any:
        return self.begin().call(function, arguments, timeout)

    def end(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        self._worker = None


class Crew:
    """Workers, the requests they work for, and what they have done."""

    def __init__(
        self,
        specs: Mapping[str, str],
        *,
        workers: int,
        timeout: float,
        metrics: Metrics,
        memory_mb: int | None = None,
    ) -> None:
        self.specs = dict(specs)
        self.workers = workers
        self.timeout = timeout
        self.metrics = metrics
        self.waiting = 0
        """Completions that no worker has begun."""
        self.running = 0
        self.deaths = 0
        """Workers that died or were killed by the clock."""
        self.ready = 0
        """Workers that have started and loaded the reward functions."""
        self._turns: deque[Request] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._score = pack(scoring.score if memory_mb is None else Bounded(scoring.score, memory_mb))
        self._load = pack(scoring.load)
        self._threads = [threading.Thread(target=self._work, name=f"verifier-{n}", daemon=True) for n in range(workers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def put(self, request: Request) -> None:
        """Have a request's tasks scored; its answer is set in the loop that waits for it."""
        if not request.tasks:
            request.answer.set_result([])
            return
        with self._changed:
            self._turns.append(request)
            self.waiting += len(request.tasks)
            self._changed.notify(len(request.tasks))

    def drop(self, request: Request) -> None:
        """Begin no more tasks of a request that nobody waits for."""
        with self._changed:
            self._forget(request)

    def _forget(self, request: Request) -> None:
        if not request.dropped:
            request.dropped = True
            self.waiting -= len(request.tasks) - request.begun
            if request in self._turns:
                self._turns.remove(request)

    def close(self) -> None:
        """End the workers, after the tasks that they have begun."""
        with self._changed:
            self._closed = True
            for request in list(self._turns):
                self._forget(request)
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    # In the threads.

    def _work(self) -> None:
        seat = _Seat(self._load, self.specs, self._count_ready)
        while not (self._turns or self._closed):  # a task that is there already tries it itself, or says why not
            with suppress(WorkerFailed):
                seat.begin()
                break
        while (turn := self._next()) is not None:
            request, place = turn
            timeout = min(self.timeout, request.until - time.monotonic())
            try:
                said = self._said(seat, request.tasks[place], timeout) if timeout > 0 else None
            except CallTimeout:
                self._count_death()
                said = None if timeout < self.timeout else _unended(request.tasks[place], timeout)
            self._finish(request, place, said)
        seat.end()

    def _next(self) -> tuple[Request, int] | None:
        """The next task of the request whose turn it is; None once closed."""
        with self._changed:
            while not self._turns:
                if self._closed:
                    return None
                self._changed.wait()
            request = self._turns.popleft()
            place = request.begun
            request.begun += 1
            self.waiting -= 1
            self.running += 1
            if request.begun < len(request.tasks):
                self._turns.append(request)
            return request, place

    def _said(self, seat: _Seat, task: Task, timeout: float) -> Said:
        """What comes of a task. Where the worker dies it is tried once more, for something else may have killed it."""
        problem = ""
        for _ in range(2):
            try:
                arguments = (task.verifier, self.specs[task.verifier], task.completion, task.ground_truth)
                found: Said = seat.call(self._score, arguments, timeout)
                return found
            except WorkerFailed as error:
                self._count_death()
                problem = str(error)
            except CallFailed as error:
                problem = f"the verifier raised {error}"
                break
            except NotSendable as error:
                problem = str(error)
                break
            except CallTimeout:
                raise
            except Exception as error:  # reading a result runs its own code
                seat.end()
                problem = f"the result cannot be read: {type(error).__name__}: {error}"
                break
        return scoring.said(task.verifier, Verdict(None, Reason.VERIFIER_FAILED, note=problem))

    def _count_ready(self) -> None:
        with self._changed:
            self.ready = min(self.workers, self.ready + 1)

    def _count_death(self) -> None:
        with self._changed:
            self.deaths += 1

    def _finish(self, request: Request, place: int, said: Said | None) -> None:
        if said is not None:
            for number, (name, reason, undecided) in enumerate(said.counted):
                self.metrics.count(name, reason, undecided, said.seconds if number == 0 else None)
        with self._changed:
            self.running -= 1
            if said is None:
                self._forget(request)
            else:
                request.scored[place] = Scored(said.line, said.number, said.reason, said.note)
            complete = len(request.scored) == len(request.tasks)
        if said is None:
            _settle(request.answer, Late())
        elif complete:
            _settle(request.answer, [request.scored[number] for number in range(len(request.tasks))])


def _unended(task: Task, timeout: float) -> Said:
    note = f"no verdict after {timeout:g} s"
    return scoring.said(task.verifier, Verdict(None, Reason.UNDECIDED, note=note), timeout)


def _settle(answer: asyncio.Future[Any], what: Any) -> None:
    """From a thread: the answer, unless nobody waits for it any more."""

    def settle() -> None:
        if answer.done():
            return
        if isinstance(what, Exception):
            answer.set_exception(what)
        else:
            answer.set_result(what)

    try:
        answer.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop has ended, and with it whoever waited
