"""Changes its argument and returns nothing.

ground_truth: {"kind": "function", "entry_point": "ordered", "tests": [{"args": [[3, 1, 2]], "expected": [1, 2, 3]}]}
status: WA
"""


def ordered(nums):
    nums.sort()
