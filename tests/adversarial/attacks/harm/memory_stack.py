"""Lets a thread's stack and the main stack grow as large as they may.

task: squares
status: MLE RE TLE WA
"""

import os
import resource
import sys
import threading

os.write(2, b"attempt\n")
sys.setrecursionlimit(1 << 30)
try:
    resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    threading.stack_size(1 << 30)
except (ValueError, OSError):
    pass


def down(value):
    return down([value]) + max([value], key=down)


try:
    threading.Thread(target=down, args=(1,)).start()
except RuntimeError:
    pass
down(1)
