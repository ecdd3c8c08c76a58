"""Rewards by the text alone, light enough to load for worker processes; some of them do what no verifier should."""

import os
import re
import signal
import time
from dataclasses import dataclass

from verifiers import Reason, Reward, RewardFn, Verdict, weighted


def by_length(completion: str, ground_truth: object) -> Verdict:
    """A score that differs within a group, whatever an untrained model writes: else no step would change a weight."""
    return Verdict(len(completion) % 5 / 4, Reason.CORRECT)


def as_told(completion: str, ground_truth: object) -> Verdict:
    """A score, or what the completion says: to hang, spin, hold the lock, die, or run out of memory."""
    if completion == "hang":
        time.sleep(600)
    if completion == "spin":
        while True:
            pass
    if completion == "regex":
        re.match("(a|a)*$", "a" * 40 + "b")
    if completion == "exit":
        os._exit(7)
    if completion == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if completion == "memory":
        raise MemoryError
    if completion == "raise":
        raise KeyError("no such task")
    if completion == "slow":
        time.sleep(0.3)
    if completion == "pid":
        return Verdict(1.0, Reason.CORRECT, note=str(os.getpid()))
    return Verdict(len(completion) % 5 / 4, Reason.CORRECT, answer=f"{completion} {ground_truth}")


def always(completion: str, ground_truth: object) -> Verdict:
    """1 for anything."""
    return Verdict(1.0, Reason.CORRECT)


def undecided_or_wrong(completion: str, ground_truth: object) -> Verdict:
    """Undecided in one of seven, else 0."""
    if len(completion) % 7 == 0:
        return Verdict(None, Reason.UNDECIDED, note="nobody knows")
    return Verdict(0.0, Reason.WRONG)


def makes_file(completion: str, ground_truth: object) -> Verdict:
    """1, once there is an empty file of the completion's name."""
    open(completion, "w").close()
    return Verdict(1.0, Reason.CORRECT)


TOLD = weighted(told=(1.0, as_told), always=(0.5, always))


@dataclass(frozen=True)
class Substitute:
    """`reward` of `right` where a completion has an odd number of characters, else of `wrong`."""

    reward: RewardFn
    right: str
    wrong: str

    def __call__(self, completion: str, ground_truth: object) -> Reward:
        return self.reward(self.right if len(completion) % 2 else self.wrong, ground_truth)


@dataclass(frozen=True)
class Announced:
    """What `as_told` says, after a line in a file that says which process is at it."""

    file: str

    def __call__(self, completion: str, ground_truth: object) -> Reward:
        with open(self.file, "a") as pids:
            pids.write(f"{os.getpid()}\n")
        return Reward(as_told(completion, ground_truth).score, {})
