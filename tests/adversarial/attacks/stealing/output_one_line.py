"""Prints the right numbers on one line where each belongs on its own.

task: rank
status: WA
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split())))
