"""Stops a child and waits for it.

task: squares
status: TLE
"""

import ctypes
import os
import signal

os.write(2, b"attempt\n")
child = os.fork()
if child == 0:
    ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    os._exit(0)
os.waitpid(child, 0)
