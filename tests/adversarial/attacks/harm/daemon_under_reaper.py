"""Makes itself the reaper of its descendants, asks to survive its parent, and leaves a daemon.

task: squares
status: WA RE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None)
libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
libc.prctl(1, 0, 0, 0, 0)  # PR_SET_PDEATHSIG: none
libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE
if os.fork() == 0:
    libc.prctl(15, b"@TOKEN@", 0, 0, 0)
    os.setsid()
    libc.prctl(1, 0, 0, 0, 0)
    os.closerange(0, 1024)
    time.sleep(60)
    os._exit(0)
print(0)
