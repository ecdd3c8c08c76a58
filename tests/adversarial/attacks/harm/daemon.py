"""Leaves a daemon: two forks, a session of its own, no descriptors, deaf to signals.

task: squares
status: WA
"""

import ctypes
import os
import signal
import time

os.write(2, b"attempt\n")
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, 1024)
    time.sleep(60)
    os._exit(0)
os.wait()
print(0)
