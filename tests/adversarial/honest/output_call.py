"""Returns more than it may print.

task: pair
status: OLE
"""


def pair(nums, target):
    return "x" * 3_000_000
