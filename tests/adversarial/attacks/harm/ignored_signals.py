"""Ignores and blocks every signal it can, and sleeps.

task: squares
status: TLE
"""

import os
import signal
import time

os.write(2, b"attempt\n")
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    time.sleep(100)
