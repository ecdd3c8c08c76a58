"""Returns True where 1 is expected.

ground_truth: {"kind": "function", "entry_point": "odd", "tests": [{"args": [1], "expected": 1}]}
status: WA
"""


def odd(n):
    return n % 2 == 1
