"""Waits for a lock it holds.

task: total
status: TLE
limits: wall_s=1.5
"""

import threading

lock = threading.Lock()
lock.acquire()
lock.acquire()
