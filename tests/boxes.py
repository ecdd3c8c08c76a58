"""A sandbox for the tests, and a verdict from it."""

import contextlib
import os

import pytest

from sandbox import Sandbox, open_sandbox
from sandbox.slot import CannotStart
from verifiers import Verdict, verify_code


def open_or_skip(**options) -> Sandbox:
    """As `open_sandbox`; a machine where none opens skips loudly, and CI fails."""
    try:
        return open_sandbox(**options)
    except CannotStart as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NO SANDBOX {options} HERE, and so these tests prove nothing: {error}")


def children(pid: int) -> list[int]:
    """Of all its threads, zombies included."""
    found = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
    return found


def judge(program: str, truth: object, **options) -> Verdict:
    """What is said of a completion with that Python program."""
    return verify_code(f"<think>so</think><answer>\n```python\n{program}\n```\n</answer>", truth, **options)
