"""Starts processes with the raw clone3 call.

task: squares
status: TLE WA RE MLE
machine: x86_64
"""

import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
os.write(2, b"attempt\n")
libc.prctl(15, b"@TOKEN@", 0, 0, 0)
arguments = (ctypes.c_uint64 * 11)()
arguments[4] = 17  # SIGCHLD
for _ in range(500):
    if libc.syscall(435, ctypes.byref(arguments), 88) <= 0:
        time.sleep(0.01)
