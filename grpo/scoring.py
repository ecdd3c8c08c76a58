"""Completions are scored while others are sampled: one whose verifier hangs, dies or is slow pays for itself alone."""

import os
import time
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from verifiers import Reason, Reward, RewardFn, Verdict
from verifiers.general import General, is_general
from verifiers.pool import LONGEST_S, reply_of
from verifiers.worker import NotSendable, Worker, WorkerFailed, borrow, give_back, pack

from .ranks import local_world

Scored = tuple[Reward, float]
"""A reward, and the seconds that it took."""


def score_all(
    finished: Iterable[tuple[int, str, Any]], reward: RewardFn, timeout_s: float
) -> tuple[dict[int, Scored], float]:
    """The reward at each place, and the seconds waited for them once the last completion was there.

    `finished` gives place, completion and ground truth as they come; they are scored in processes, which stay for the
    next call, while it is at the next ones. Rewards are what `reward` itself says, but for an undecided one where it
    took longer than timeout_s, died or raised. What a reward model judges waits for the end, and is judged here: its
    memory is counted as if nothing were sampled.
    """
    rules = reward.rules if isinstance(reward, General) else reward
    pool = Pool(rules, min(timeout_s, LONGEST_S), pack_or_say(rules))
    threads = ThreadPoolExecutor(at_once())
    running, judged = {}, {}
    try:
        for place, completion, ground_truth in finished:
            if isinstance(reward, General) and is_general(ground_truth):
                judged[place] = completion, ground_truth
            else:
                running[place] = threads.submit(pool.score, completion, ground_truth)
        start = time.perf_counter()
        scored = {place: future.result() for place, future in running.items()}
        scored |= zip(judged, threads.map(lambda pair: timed(reward, *pair), judged.values()), strict=True)
        return scored, time.perf_counter() - start
    finally:  # Ctrl-C ends here as well: what still runs is killed
        threads.shutdown(wait=False, cancel_futures=True)
        pool.stop()


def at_once() -> int:
    """How many completions are scored at the same time: one a core, which the processes of a machine share."""
    return max(1, (os.cpu_count() or 1) // local_world())


def pack_or_say(reward: RewardFn) -> tuple[bytes, str | None] | NotSendable:
    """The reward as workers read it, or why they cannot."""
    try:
        packed = pack(reward)
    except NotSendable as error:
        return error
    tensors = b"torch._utils" in packed[0]
    return NotSendable("it holds tensors, of which each process would have a copy") if tensors else packed


def timed(reward: RewardFn, completion: str, ground_truth: Any) -> Scored:
    """The reward, and the seconds that it took."""
    start = time.perf_counter()
    return reward(completion, ground_truth), time.perf_counter() - start


@dataclass(frozen=True)
class Pool:
    """Scores from any thread: each call in a worker process, or here where no worker can."""

    reward: RewardFn
    timeout_s: float
    packed: tuple[bytes, str | None] | NotSendable
    """The reward as workers read it, or why they cannot."""
    busy: set[Worker] = field(default_factory=set)
    closed: Event = field(default_factory=Event)

    def score(self, completion: str, ground_truth: Any) -> Scored:
        """The reward of one completion. The clock starts once a worker is ready."""
        try:
            worker = self.start(completion, ground_truth)
        except (NotSendable, WorkerFailed, OSError) as error:
            if self.closed.is_set():
                return undecided(self.reward, self.too_late()), 0.0
            warnings.warn(
                f"the reward is computed in the trainer's process, where one that hangs cannot be ended: {error}",
                RuntimeWarning,
                stacklevel=1,
            )
            said, seconds = self.in_thread(completion, ground_truth)
        else:
            said, seconds = self.receive(worker)
        return undecided(self.reward, said) if isinstance(said, Verdict) else said, seconds

    def start(self, completion: str, ground_truth: Any) -> Worker:
        """Send the completion to a worker; raises NotSendable, WorkerFailed or OSError where there is none."""
        if isinstance(self.packed, NotSendable):
            raise self.packed
        worker = borrow()
        self.busy.add(worker)
        try:
            if self.closed.is_set():
                raise WorkerFailed("nobody waits for it any more")
            worker.send(self.packed, (completion, ground_truth))
        except (WorkerFailed, NotSendable):
            self.busy.discard(worker)
            give_back(worker)
            raise
        return worker

    def receive(self, worker: Worker) -> tuple[Reward | Verdict, float]:
        """What the worker says, if it does in time."""
        start = time.perf_counter()
        try:
            if worker.connection.poll(self.timeout_s):
                return reply_of(worker), time.perf_counter() - start
            worker.stop()
            return self.too_late(), time.perf_counter() - start
        finally:
            self.busy.discard(worker)
            give_back(worker)

    def in_thread(self, completion: str, ground_truth: Any) -> tuple[Reward | Verdict, float]:
        """What is said here; a thread that is too late is left to itself."""
        said: list[Reward | Verdict] = []

        def call() -> None:
            try:
                said.append(self.reward(completion, ground_truth))
            except Exception as error:  # the same as in a worker
                note = f"the verifier raised {type(error).__name__}: {error}"
                said.append(Verdict(None, Reason.VERIFIER_FAILED, note=note))

        start = time.perf_counter()
        thread = Thread(target=call, daemon=True)
        thread.start()
        thread.join(self.timeout_s)
        return said[0] if said else self.too_late(), time.perf_counter() - start

    def too_late(self) -> Verdict:
        """The verdict on what took too long."""
        return Verdict(None, Reason.UNDECIDED, note=f"no verdict after {self.timeout_s:g} s (rl.reward_timeout_s)")

    def stop(self) -> None:
        """End the calls under way; the threads that wait for them come back."""
        self.closed.set()
        for worker in list(self.busy):
            worker.process.kill()


def undecided(reward: RewardFn, verdict: Verdict) -> Reward:
    """A reward without a value, which says the same of each part."""
    parts: Sequence[str] = list(getattr(reward, "parts", ("reward",)))
    return Reward(None, dict.fromkeys(parts, verdict))
