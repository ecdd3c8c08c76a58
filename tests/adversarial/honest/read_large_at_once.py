"""Reads a large input by one call of os.read.

task: many_numbers
status: AC
"""

import os

print(sum(map(int, os.read(0, 1 << 25).split())))
