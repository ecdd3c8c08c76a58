"""Spins in C in the call.

task: longest
status: TLE
"""

import os


def longest(nums):
    os.write(2, b"attempt\n")
    return sum(range(10**12))
