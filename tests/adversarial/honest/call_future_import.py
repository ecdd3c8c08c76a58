"""Begins with a future import, and uses typing names all the same.

task: pair
status: AC
"""

from __future__ import annotations


def pair(nums: List[int], target: int) -> List[int]:
    return next([i, j] for j in range(len(nums)) for i in range(j) if nums[i] + nums[j] == target)
