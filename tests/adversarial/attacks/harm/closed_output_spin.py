"""Closes its output and goes on for ever: the end of the output is not the end of the program.

task: squares
status: TLE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
for fd in (0, 1, 2):
    os.close(fd)
while True:
    time.sleep(1)
