"""Waits for a pipe that nobody writes to.

task: total
status: TLE
limits: wall_s=1.5
"""

import os

out, into = os.pipe()
os.read(out, 1)
