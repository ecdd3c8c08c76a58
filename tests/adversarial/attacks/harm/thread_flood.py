"""Starts threads without end.

task: squares
status: TLE WA RE MLE
"""

import os
import threading
import time

os.write(2, b"attempt\n")
while True:
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        time.sleep(0.01)
