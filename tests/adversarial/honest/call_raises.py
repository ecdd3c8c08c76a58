"""Raises in the call.

task: pair
status: RE
"""


def pair(nums, target):
    return nums[100]
