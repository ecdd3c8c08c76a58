"""Prints only the first of the lines.

task: rank
status: WA
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
print(min(map(int, sys.stdin.readline().split())))
