"""Spins while the program of a function test is loaded.

task: longest
status: TLE
"""

import os

os.write(2, b"attempt\n")
while True:
    pass
