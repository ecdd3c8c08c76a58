"""Is called for fifty tests, more than one pipe's worth of arguments.

task: fifty_calls
status: AC
"""


def total(nums):
    return sum(nums)
