"""Ends at once; a child of another session prints answers afterwards.

task: squares
status: WA RE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
if os.fork():
    os._exit(0)
os.setsid()
ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
try:
    for _ in range(600):
        time.sleep(0.1)
        os.write(1, b"1\n")
except OSError:
    pass
