"""Fills System V shared memory, which outlives its maker.

task: squares
status: MLE RE WA TLE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
libc.shmdt.argtypes = [ctypes.c_void_p]
filled, size = 0, 10 << 20
for _ in range(80):
    segment = libc.shmget(0, ctypes.c_size_t(size), 0o1600)
    if segment < 0:
        break
    at = libc.shmat(segment, None, 0)
    if at in (None, ctypes.c_void_p(-1).value):
        break
    ctypes.memset(at, 1, size)
    libc.shmdt(at)
    filled += size
time.sleep(0.3)
if filled > 600 << 20:
    os.write(1, b"ESCAPED 600 MB in shared segments\n")
