"""The processes that torchrun started, one a rank; without it there is one, and all of this does nothing.

Every rank runs the same program, and knows the same: what each does alone is gathered, and what is raised on one is
raised on all. Files are written by rank 0, on a file system that all of them see.
"""

import os
import pickle
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import psutil
import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

P = ParamSpec("P")
T = TypeVar("T")
LIMIT = timedelta(minutes=60)
"""So long a rank waits for the others, who may be sampling long completions: then it gives up."""
LOOK_EVERY_S, GRACE_S = 0.5, 5.0
"""How often a rank looks whether the others are there; and how long it leaves the one that failed to say why."""
FAILED, ENDED = "failed", "ended"


def rank() -> int:
    """This process's rank, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """How many ranks there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def local_world() -> int:
    """How many ranks there are on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if world() > 1 else 1


def is_first() -> bool:
    """Whether this is the rank that writes and speaks."""
    return rank() == 0


def own_share(count: int) -> range:
    """Which of `count` things in a row are this rank's: neighbours, as many as any other's."""
    return range(count * rank() // world(), count * (rank() + 1) // world())


def even_runs(costs: Sequence[float], parts: int) -> list[list[int]]:
    """Neighbours that go together, in so many parts of about the same cost; a part may be empty.

    >>> even_runs([5, 1, 1, 1, 2, 2], 2), even_runs([1], 3)
    ([[0, 1], [2, 3, 4, 5]], [[], [0], []])
    """
    runs: list[list[int]] = [[] for _ in range(parts)]
    seen, total = 0.0, sum(costs)
    for place, cost in enumerate(costs):
        runs[min(parts - 1, int((seen + cost / 2) * parts / total)) if total else 0].append(place)
        seen += cost
    return runs


def in_step(every: Sequence[Sequence[T]]) -> list[tuple[T, bool]]:
    """Of each rank's passes this rank's, and whether each counts.

    All ranks run as many, for where weights are sharded they meet in each layer: who has fewer goes through one again
    that does not count.
    """
    own, some = every[rank()], [one for passes in every for one in passes]
    spare = [*own, *some][:1] * (max(map(len, every)) - len(own))
    return [(one, True) for one in own] + [(one, False) for one in spare]


def on_ranks(do: Callable[P, T], *args: P.args, **given: P.kwargs) -> list[T]:
    """What `do` returns on each rank, for all of them to know; what it raises on one, it raises on all."""
    if world() == 1:
        return [do(*args, **given)]
    value, failed = None, None
    try:
        value = do(*args, **given)
    except Exception as error:  # raised below, on every rank: else the others would wait for ever
        failed = error
    found: list[Any] = [None] * world()
    dist.all_gather_object(found, (value, failed and sendable(failed)))
    for number, (_, fault) in enumerate(found):
        if fault:
            known: Any = failed if failed and number == rank() else fault  # with its traceback
            known.rank = number
            raise known
    return [value for value, _ in found]


def sendable(error: Exception) -> Exception:
    """The error, or where it cannot be pickled its text."""
    try:
        return error if isinstance(pickle.loads(pickle.dumps(error)), type(error)) else RuntimeError(repr(error))
    except Exception:  # whatever an exception's constructor may want
        return RuntimeError(repr(error))


def on_first_rank(do: Callable[P, T], *args: P.args, **given: P.kwargs) -> T:
    """What `do` returns on rank 0, where alone it is done; the others wait."""
    first = is_first()
    found: list[Any] = on_ranks(lambda: do(*args, **given) if first else None)
    value: T = found[0]
    return value


def on_any_rank(flag: bool) -> bool:
    """Whether it is so on any of them: a signal may reach one alone, and all must stop after the same step."""
    return any(on_ranks(lambda: flag))


def summed(numbers: Mapping[str, float]) -> dict[str, float]:
    """The sums over the ranks, by name."""
    every = on_ranks(lambda: dict(numbers))
    return {name: sum(own[name] for own in every) for name in numbers}


def largest(number: float) -> float:
    """The largest of the ranks'."""
    return max(on_ranks(lambda: number))


@contextmanager
def open_ranks() -> Iterator[None]:
    """Join the other ranks until the block ends, if torchrun started this process with others.

    A rank that fails or is killed ends them all within seconds. One says which it was, and why; on the others, an
    exception becomes SystemExit.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or "LOCAL_RANK" not in os.environ:
        yield
        return
    local = int(os.environ["LOCAL_RANK"])
    if torch.accelerator.is_available() and local < torch.accelerator.device_count():
        torch.accelerator.set_device_index(local)
    found, number, size = next(rendezvous("env://"))
    store = PrefixStore(f"ranks/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", found)
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=number, world_size=size, timeout=LIMIT)
    homes = on_ranks(lambda: (socket.gethostname(), os.getpid()))
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(store, homes, over), daemon=True)
    watcher.start()
    try:
        yield
        on_ranks(lambda: None)
        store.set(ENDED, "")
    except (Exception, KeyboardInterrupt) as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun's, who ends all once one is gone: say first why
        if isinstance(error, RuntimeError):  # perhaps since another is gone, which `watch` will see
            time.sleep(4 * LOOK_EVERY_S)
        said = f"rank {getattr(error, 'rank', number)} of {size} ends the run: {type(error).__name__}: {error}"
        if not is_first_to(store, said, by=number):
            time.sleep(GRACE_S)
            raise SystemExit(1) from None
        raise
    finally:
        over.set()
        watcher.join(GRACE_S)  # a thread that is within torch as Python ends aborts the process
    dist.destroy_process_group()


def is_first_to(store: Store, said: str, *, by: int) -> bool:
    """Leave this as the reason why the run ends, and say it, if there is none yet."""
    mine = f"{by} {said}"
    if store.compare_set(FAILED, "", mine).decode() != mine:
        return False
    print(said, file=sys.stderr, flush=True)
    return True


def watch(store: Store, homes: Sequence[tuple[str, int]], over: threading.Event) -> None:
    """End this process soon after a rank has failed, or one on this machine is gone: it may wait for it for ever."""
    own = socket.gethostname()
    while not over.wait(LOOK_EVERY_S):
        try:
            if store.check([ENDED]):
                return
            gone = [number for number, (home, pid) in enumerate(homes) if home == own and not lives(pid)]
            if gone and not over.is_set() and not store.check([ENDED]):
                said = f"rank {gone[0]} of {len(homes)} is gone (killed, crashed or out of memory), and the run ends: "
                is_first_to(store, f"{said}the same command goes on from the last checkpoint", by=rank())
                os._exit(1)
            if store.check([FAILED]) and not over.wait(GRACE_S):
                os._exit(1)
        except RuntimeError:  # no store: torchrun itself is gone
            os._exit(1)


def lives(pid: int) -> bool:
    """Whether there is such a process, and not only its exit status that nobody has asked for."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
