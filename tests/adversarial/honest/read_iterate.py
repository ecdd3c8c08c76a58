"""Iterates over sys.stdin.

task: total
status: AC
"""

import sys

lines = [line.rstrip("\n") for line in sys.stdin]
print(sum(map(int, lines[1].split())))
