"""Loops for ever in a call.

task: pair
status: TLE
"""


def pair(nums, target):
    while True:
        pass
