"""Forks children that end at once and are never waited for.

task: squares
status: TLE WA RE
"""

import os
import time

os.write(2, b"attempt\n")
while True:
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError:
        time.sleep(0.01)
