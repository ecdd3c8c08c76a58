"""Returns a generator where a list of the same items is expected.

ground_truth: {"kind": "function", "entry_point": "items", "tests": [{"args": [[1, 2]], "expected": [1, 2]}]}
status: WA
"""


def items(nums):
    yield from nums
