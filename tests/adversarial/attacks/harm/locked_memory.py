"""Locks memory, asks for huge pages and for pages that are never given back.

task: squares
status: RE WA MLE TLE
"""

import ctypes
import mmap
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
libc.mlockall(7)
kept = []
try:
    for _ in range(100):
        block = mmap.mmap(-1, 8 << 20)
        if libc.mlock(ctypes.byref(ctypes.c_char.from_buffer(block)), ctypes.c_size_t(8 << 20)):
            break
        kept.append(block)
except (OSError, MemoryError) as error:
    print(error)
if len(kept) > 90:
    os.write(1, b"ESCAPED locked 700 MB\n")
print(0)
