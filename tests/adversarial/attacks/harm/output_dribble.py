"""Writes a byte now and then, so that a judge which waits for silence waits for ever.

task: squares
status: TLE
"""

import os
import time

os.write(2, b"attempt\n")
while True:
    os.write(1, b"7")
    time.sleep(0.01)
