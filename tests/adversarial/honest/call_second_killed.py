"""Spins in its second call only.

ground_truth: {"kind": "function", "entry_point": "slow", "tests": [{"args": [1], "expected": 1}, {"args": [2], "expected": 2}, {"args": [3], "expected": 3}]}
status: TLE
"""


def slow(n):
    while n == 2:
        pass
    return n
