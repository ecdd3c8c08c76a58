"""Reward functions that the tests of the adapters send to workers."""

import os
import time

from verifiers import Reason, Reward, Verdict, verify_math

HOSTILE = [
    "", "\x00", "\ud800", "\\boxed{" * 5_000, "(" * 100_000, "\\boxed{9^{9^{9^{9}}}}", "</think>" * 1_000,
    "\\boxed{4}" * 2_000 + "\\boxed{5}", "<answer>" + "1" * 100_000 + "</answer>",
]  # fmt: skip
"""None of them answers 4."""


def troubled(completion: str, ground_truth: object) -> Verdict:
    """Hangs, dies or raises where the completion says so."""
    if "hang" in completion:
        time.sleep(600)
    if "die" in completion:
        os._exit(7)
    if "raise" in completion:
        raise RuntimeError("a bug of ours")
    return verify_math(completion, ground_truth)


def no_verdict(completion: str, ground_truth: object) -> float:
    """What other stacks' reward functions return."""
    return 1.0


def not_finite(completion: str, ground_truth: object) -> Reward:
    """A sum that went wrong."""
    return Reward(float(completion), {"only": Verdict(1.0, Reason.CORRECT)})
