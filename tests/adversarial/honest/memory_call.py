"""Takes too much memory in a call.

task: pair
status: MLE
"""


def pair(nums, target):
    return bytearray(10**11)
