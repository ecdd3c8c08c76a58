"""Fails, but turns its exit status into 0 from an atexit handler.

task: longest
status: WA RE
"""

import atexit
import os

atexit.register(os._exit, 0)


def longest(nums):
    os.write(2, b"attempt\n")
    raise RuntimeError("wrong, but the status will be 0")
