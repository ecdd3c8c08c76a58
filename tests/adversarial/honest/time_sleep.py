"""Sleeps past the backstop on wall time.

task: total
status: TLE
"""

import time

time.sleep(100)
