"""Stops itself, and its timers with it.

task: squares
status: TLE RE
"""

import os
import signal

os.write(2, b"attempt\n")
os.kill(os.getpid(), signal.SIGSTOP)
