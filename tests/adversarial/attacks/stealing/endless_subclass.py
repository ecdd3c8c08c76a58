"""Returns a list whose iterator never ends.

task: bucket
status: WA RE TLE MLE OLE
"""

import itertools
import os


class Endless(list):
    def __iter__(self):
        return itertools.repeat(0)

    def __len__(self):
        return 1 << 40


def bucket(nums, k):
    os.write(2, b"attempt\n")
    return Endless()
