"""Locks the files that other programs need, and asks for leases on them.

task: squares
status: RE WA
"""

import ctypes
import fcntl
import glob
import os
import sys

os.write(2, b"attempt\n")
if os.fork() == 0:
    ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
    kept = []
    for path in [sys.executable, os.__file__, "/etc/passwd", *glob.glob("/usr/lib/*/libc.so.6"), "/tmp", "/"]:
        try:
            fd = os.open(path, os.O_RDONLY)
            kept.append(fd)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError:
            pass
    __import__("time").sleep(60)
    os._exit(0)
print(0)
