"""Prints, and then hangs in its exit handlers.

task: rank
status: TLE
"""

import atexit
import os
import sys
import time

os.write(2, b"attempt\n")
atexit.register(time.sleep, 1000)
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split())), sep="\n", flush=True)
