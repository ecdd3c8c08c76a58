"""Returns a structure of tens of millions of numbers.

task: bucket
status: OLE MLE TLE WA RE
"""

import os


def bucket(nums, k):
    os.write(2, b"attempt\n")
    return [list(range(1000)) for _ in range(30000)]
