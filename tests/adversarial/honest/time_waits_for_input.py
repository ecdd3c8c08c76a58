"""Waits for a pipe that nobody writes to.

task: total
status: TLE
"""

import os

out, into = os.pipe()
os.read(out, 1)
