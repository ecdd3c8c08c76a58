"""Ends its main thread while another that is no daemon sleeps on.

task: rank
status: TLE
"""

import os
import sys
import threading
import time

os.write(2, b"attempt\n")
threading.Thread(target=time.sleep, args=(1000,)).start()
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split())), sep="\n", flush=True)
