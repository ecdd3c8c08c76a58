"""Spins in Python.

task: squares
status: TLE
"""

import os

os.write(2, b"attempt\n")
while True:
    pass
