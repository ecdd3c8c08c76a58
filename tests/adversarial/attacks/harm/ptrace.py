"""Traces its parent, itself and a child.

task: squares
status: RE WA
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
for request in (16, 0x4206):  # attach, seize
    for pid in {os.getppid(), 1} - {0, os.getpid()}:
        if libc.ptrace(request, pid, None, None) == 0:
            print("ESCAPED traces", pid)
            libc.ptrace(17, pid, None, None)
child = os.fork()
if child == 0:
    time.sleep(0.1)
    os._exit(0)
if libc.ptrace(0x4206, child, None, None) == 0:
    print("ESCAPED traces its child")
os.waitpid(child, 0)
print(0)
