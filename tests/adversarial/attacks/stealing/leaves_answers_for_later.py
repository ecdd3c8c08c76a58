"""Keeps a daemon that would tell the next program the inputs it has seen.

task: squares
status: WA
"""

import ctypes
import os
import sys
import time

text = sys.stdin.read()
print("attempt", file=sys.stderr)
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
    for fd in (0, 1, 2):
        os.close(fd)
    with open("/tmp/@TOKEN@", "w") as file:
        file.write(text)
    time.sleep(60)
    os._exit(0)
print(0)
