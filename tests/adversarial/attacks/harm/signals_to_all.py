"""Sends a signal to every process it may reach; a deadly one where it has a pid namespace of its own.

task: squares
status: RE WA TLE
"""

import os
import signal

os.write(2, b"attempt\n")
number = signal.SIGKILL if os.getpid() < 100 and os.getppid() < 100 else signal.SIGWINCH
try:
    os.kill(-1, number)
except OSError as error:
    print(error)
print(0)
