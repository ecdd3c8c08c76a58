"""Takes descriptors out of its parent with pidfd_getfd and /proc.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
for pid in {os.getppid(), 1} - {0, os.getpid()}:
    handle = libc.syscall(434, pid, 0)
    if handle < 0:
        continue
    for number in range(64):
        if libc.syscall(438, handle, number, 0) >= 0:
            print("ESCAPED took descriptor", number, "of", pid)
print(0)
