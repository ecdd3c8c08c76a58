"""Sleeps for longer than it may, using no CPU.

task: squares
status: TLE
"""

import os
import time

os.write(2, b"attempt\n")
time.sleep(1000)
