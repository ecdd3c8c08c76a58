"""Reads its input twice, and goes back to the start for it.

task: total
status: AC
"""

import sys

count = len(sys.stdin.readlines())
sys.stdin.seek(0)
print(sum(map(int, sys.stdin.read().split()[1:])) if count == 2 else "")
