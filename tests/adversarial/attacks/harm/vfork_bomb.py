"""Starts processes with vfork and posix_spawn instead of fork.

task: squares
status: TLE WA RE MLE
"""

import os
import sys
import time

os.write(2, b"attempt\n")
while True:
    try:
        os.posix_spawn(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", "@TOKEN@"], {})
    except OSError:
        time.sleep(0.01)
