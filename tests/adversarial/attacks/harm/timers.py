"""Arms thousands of timers, and fills its queue of signals.

task: squares
status: RE WA TLE
"""

import ctypes
import os
import signal

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
for _ in range(100_000):
    if libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), None):
        break
for _ in range(10_000):
    if libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p())):
        break
print(0)
