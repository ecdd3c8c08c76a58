"""Returns a small object that unfolds to 10^9 items: lists that share one another.

task: bucket
status: OLE MLE TLE WA RE
"""

import os


def bucket(nums, k):
    os.write(2, b"attempt\n")
    value = [0] * 10
    for _ in range(8):
        value = [value] * 10
    return value
