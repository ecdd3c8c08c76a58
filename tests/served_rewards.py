"""A reward function that does what its completion says, for tests of what happens around it."""

import os
import signal
import time
from pathlib import Path

from verifiers import Reason, Reward, Verdict

PATIENCE_S = 60.0


def scripted(completion, ground_truth):
    """Right where the two are equal, after whatever else the first word of the completion asks for."""
    if completion == "hang":
        time.sleep(600)
    if completion == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if completion == "raise":
        raise LookupError("scripted")
    if completion == "nan":
        return Reward(float("nan"), {})
    if completion == "number":
        return 1.0
    if completion.startswith("wait "):  # for a file, and says who waits
        gate = Path(completion.removeprefix("wait "))
        gate.with_name(f"{os.getpid()}.waits").touch()
        until = time.monotonic() + PATIENCE_S
        while not gate.exists() and time.monotonic() < until:
            time.sleep(0.01)
    right = completion == ground_truth
    return Verdict(float(right), Reason.CORRECT if right else Reason.WRONG, answer=completion)
