"""Sleeps past the backstop on wall time.

task: total
status: TLE
limits: wall_s=1.5
"""

import time

time.sleep(100)
