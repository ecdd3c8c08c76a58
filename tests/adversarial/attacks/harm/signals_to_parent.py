"""Stops and kills its parent, its group and its session.

task: squares
status: RE WA TLE
"""

import os
import signal

os.write(2, b"attempt\n")
for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
    try:
        if os.getppid() > 0:
            os.kill(os.getppid(), number)
    except OSError as error:
        print(error)
try:
    if os.getpgrp() != os.getpid():
        os.killpg(0, signal.SIGKILL)
except OSError as error:
    print(error)
print(0)
