"""Takes fewer arguments than it is given.

task: pair
status: RE
"""


def pair(nums):
    return [0, 1]
