"""Doubles itself without end.

task: squares
status: TLE WA RE MLE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
