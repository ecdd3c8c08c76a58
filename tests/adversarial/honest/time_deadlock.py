"""Waits for a lock it holds.

task: total
status: TLE
"""

import threading

lock = threading.Lock()
lock.acquire()
lock.acquire()
