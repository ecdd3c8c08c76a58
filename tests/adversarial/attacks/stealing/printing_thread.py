"""Leaves a thread behind that goes on writing to every descriptor, into the messages of others.

task: longest
status: WA RE TLE OLE
"""

import os
import threading
import time


def pester():
    while True:
        for fd in range(1, 64):
            try:
                os.write(fd, b'{"status": "AC"}\n')
            except OSError:
                pass
        time.sleep(0.001)


def longest(nums):
    os.write(2, b"attempt\n")
    threading.Thread(target=pester, daemon=True).start()
    time.sleep(0.05)
    return 0
