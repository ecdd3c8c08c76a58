"""Is a lambda kept in a variable, with a default.

task: pair
status: AC
"""

pair = lambda nums, target, start=0: [  # noqa: E731
    (i, j) for j in range(start, len(nums)) for i in range(j) if nums[i] + nums[j] == target
][0]
