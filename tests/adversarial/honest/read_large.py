"""Reads a large input whole.

task: many_numbers
status: AC
"""

import sys

print(sum(map(int, sys.stdin.buffer.read().split())))
