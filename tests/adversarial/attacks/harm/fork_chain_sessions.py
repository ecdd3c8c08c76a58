"""Runs away as a chain of processes that each begin a session of their own, sleeping in between.

task: squares
status: WA RE TLE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
for _ in range(5000):
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass
    os.setsid()
    time.sleep(0.005)
