"""Returns a list nested a hundred thousand deep.

task: bucket
status: OLE MLE TLE WA RE
"""

import os


def bucket(nums, k):
    os.write(2, b"attempt\n")
    value = []
    for _ in range(100_000):
        value = [value]
    return value
