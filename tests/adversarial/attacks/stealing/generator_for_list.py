"""Returns a generator of the right items: a generator is no list.

task: bucket
status: WA RE
"""

import os


def bucket(nums, k):
    os.write(2, b"attempt\n")
    return (sum(n % k == i for n in nums) for i in range(k))
