"""Ends at once, while a child keeps its output open: the judge must not wait for the child.

task: squares
status: WA
limits: wall_s=40
seconds: 30
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
if os.fork() == 0:
    ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
    time.sleep(60)
    os._exit(0)
print(0)
