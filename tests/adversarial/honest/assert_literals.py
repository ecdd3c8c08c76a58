"""Passes asserts that compare with literals.

task: close
status: AC
"""

from typing import List


def has_close(numbers: List[float], threshold: float) -> bool:
    numbers = sorted(numbers)
    return any(b - a < threshold for a, b in zip(numbers, numbers[1:]))
