"""Returns an int where the float of the same value is expected.

ground_truth: {"kind": "function", "entry_point": "half", "tests": [{"args": [4], "expected": 2.0}]}
status: AC
"""


def half(n):
    return n // 2
