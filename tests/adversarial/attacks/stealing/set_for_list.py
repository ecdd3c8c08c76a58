"""Returns a set where a list of the same items in the order of a set is expected.

task: distinct
status: WA RE
"""

import os


def distinct(nums):
    os.write(2, b"attempt\n")
    return set(nums)
