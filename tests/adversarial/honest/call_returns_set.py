"""Returns a set where a list is expected.

ground_truth: {"kind": "function", "entry_point": "items", "tests": [{"args": [[1]], "expected": [1]}]}
status: WA
"""


def items(nums):
    return set(nums)
