"""Changes its arguments on the way to the right value.

ground_truth: {"kind": "function", "entry_point": "median", "tests": [{"args": [[3, 1, 2]], "expected": 2}, {"args": [[5, 9, 1]], "expected": 5}]}
status: AC
"""


def median(nums):
    nums.sort()
    while len(nums) > 2:
        nums.pop()
        nums.pop(0)
    return nums[0]
