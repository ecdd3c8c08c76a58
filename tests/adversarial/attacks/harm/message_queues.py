"""Leaves System V and POSIX queues and semaphores behind, which belong to no process.

task: squares
status: RE WA
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
for _ in range(20):
    libc.msgget(0, 0o1666)
    libc.semget(0, 10, 0o1666)
    libc.shmget(0, ctypes.c_size_t(4096), 0o1666)
libc.shmget(0x41445600, ctypes.c_size_t(4096), 0o1666)
try:
    queue = ctypes.CDLL("librt.so.1").mq_open(b"/@TOKEN@", 66, 0o666, None)
    print("a queue", queue)
except (OSError, AttributeError) as error:
    print(error)
print(0)
