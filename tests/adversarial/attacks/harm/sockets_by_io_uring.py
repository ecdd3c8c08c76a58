"""Asks io_uring for what the system call filter refuses.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
parameters = (ctypes.c_uint8 * 120)()
if libc.syscall(425, 4, ctypes.byref(parameters)) >= 0:
    print("ESCAPED has an io_uring")
print(0)
