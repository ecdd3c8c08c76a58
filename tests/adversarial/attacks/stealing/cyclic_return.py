"""Returns a list that holds itself.

task: bucket
status: OLE MLE TLE WA RE
"""

import os


def bucket(nums, k):
    os.write(2, b"attempt\n")
    value = [1]
    value.append(value)
    return value
