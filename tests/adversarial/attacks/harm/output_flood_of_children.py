"""Lets children write to stdout, deaf to broken pipes, and ends.

task: squares
status: OLE WA RE TLE
"""

import ctypes
import os
import signal

os.write(2, b"attempt\n")
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
for _ in range(4):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
        while True:
            try:
                os.write(1, b"8" * 65536)
            except OSError:
                pass
