"""Fails while it is loaded, after the function was defined.

task: pair
status: RE
"""


def pair(nums, target):
    return [0, 1]


raise ValueError("at the end of the file")
