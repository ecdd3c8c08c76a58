"""A batch in worker processes: in order, and a task that hangs or dies costs no other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from multiprocessing.connection import wait
from typing import Any, TypeVar

from .limited import Bounded
from .types import Reason, Verdict
from .worker import (
    CallFailed,
    NotSendable,
    Worker,
    WorkerFailed,
    borrow,
    give_back,
    pack,
    refuse_while_loading,
)

T = TypeVar("T")
TIMEOUT_S = 30.0
LONGEST_S = 1e6  # what the system's clock can wait for at once, with room to spare


def verify_batch(
    verifier: Callable[[str, Any], T],
    completions: Sequence[str],
    ground_truths: Sequence[Any],
    *,
    workers: int | None = None,
    timeout: float = TIMEOUT_S,
    memory_mb: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> list[T | Verdict]:
    """What the verifier returns for each completion, in order; works for a reward function too.

    NotSendable is raised for one that no worker can load, such as a lambda. workers are processes, one a core unless
    given. A task that hangs for timeout seconds gets an UNDECIDED verdict, one whose process dies, whose verifier
    raises or wants more than memory_mb (MiB a worker, and as much for each process that it starts) VERIFIER_FAILED.
    progress(done, total) is called after each task. The worker processes stay warm for the next batch.
    """
    if len(completions) != len(ground_truths):
        raise ValueError(
            f"{len(completions)} completions but {len(ground_truths)} ground truths: pass one of each for every task"
        )
    tasks = list(zip(completions, ground_truths, strict=True))
    replies: list[Any] = [None] * len(tasks)
    with closing(verify_each(verifier, tasks, workers=workers, timeout=timeout, memory_mb=memory_mb)) as each:
        for done, (index, reply) in enumerate(each, 1):
            replies[index] = reply
            if progress is not None:
                progress(done, len(tasks))
    return replies


def verify_each(
    verifier: Callable[[str, Any], T],
    tasks: Iterable[tuple[str, Any]],
    *,
    workers: int | None = None,
    timeout: float = TIMEOUT_S,
    memory_mb: int | None = None,
    ahead: int | None = None,
) -> Generator[tuple[int, T | Verdict], None, None]:
    """Each task's number and what `verify_batch` returns for it, as soon as it is there: tasks may be a stream.

    A task is taken when a worker is free, and none that is `ahead` or more after the oldest that has not ended. Close
    the generator to stop what still runs.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers {workers} is less than 1: leave it out for one a CPU core")
    if not timeout > 0:
        raise ValueError(f"timeout {timeout} is not a number of seconds above 0")
    if memory_mb is not None and memory_mb < 1:
        raise ValueError(f"memory_mb {memory_mb} is less than 1: leave it out for no limit")
    timeout = min(timeout, LONGEST_S)
    refuse_while_loading()
    packed = pack(verifier if memory_mb is None else Bounded(verifier, memory_mb))
    free: list[Worker | None] = [None] * (workers or os.cpu_count() or 1)
    todo = enumerate(tasks)
    last = -1
    busy: dict[Any, tuple[Worker, int, float]] = {}
    try:
        while True:
            while free and not (ahead and busy and last + 1 >= ahead + min(index for _, index, _ in busy.values())):
                index, task = next(todo, (-1, None))
                if task is None:
                    break
                last = index
                worker = free.pop()
                try:
                    worker = worker or borrow()
                    worker.send(packed, task)
                except WorkerFailed as error:
                    free.append(None)
                    yield index, Verdict(None, Reason.VERIFIER_FAILED, note=str(error))
                    continue
                except NotSendable:
                    if worker is not None:
                        worker.stop()
                    raise
                busy[worker.connection] = (worker, index, time.monotonic() + timeout)
            if not busy:
                return
            first = min(deadline for _, _, deadline in busy.values())
            ready = set(wait(list(busy), max(0.0, first - time.monotonic())))
            now = time.monotonic()
            ended = []
            for connection, (worker, index, deadline) in list(busy.items()):
                if connection in ready:
                    reply = reply_of(worker)
                elif now >= deadline:
                    worker.stop()
                    reply = Verdict(None, Reason.UNDECIDED, note=f"no verdict after {timeout:g} s")
                else:
                    continue
                del busy[connection]
                free.append(worker if worker.alive else None)
                ended.append((index, reply))
            yield from ended
    finally:  # Ctrl-C ends here as well: what still runs is killed
        for worker, _, _ in busy.values():
            worker.stop()
        for idle in free:
            if idle is not None:
                give_back(idle)


def reply_of(worker: Worker) -> Any:
    """What the worker's call came to: its result, or a verdict that says what happened instead."""
    try:
        return worker.receive()
    except CallFailed as error:
        return Verdict(None, Reason.VERIFIER_FAILED, note=f"the verifier raised {error}")
    except WorkerFailed as error:
        return Verdict(None, Reason.VERIFIER_FAILED, note=str(error))
    except NotSendable:
        raise
    except Exception as error:  # reading a result runs its own code
        worker.stop()
        return Verdict(None, Reason.VERIFIER_FAILED, note=f"the result cannot be read: {type(error).__name__}: {error}")
