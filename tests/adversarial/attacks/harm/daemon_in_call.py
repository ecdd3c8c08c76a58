"""Leaves a daemon from within a call.

task: longest
status: WA RE
"""

import ctypes
import os
import time


def longest(nums):
    os.write(2, b"attempt\n")
    if os.fork() == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
        os.closerange(0, 1024)
        time.sleep(60)
        os._exit(0)
    return 0
