"""Runs away: each process forks its heir and ends, so that no pid lives long enough to be killed.

task: squares
status: TLE WA RE
"""

import ctypes
import os

os.write(2, b"attempt\n")
ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
while True:
    try:
        if os.fork():
            os._exit(0)
    except OSError:
        pass
