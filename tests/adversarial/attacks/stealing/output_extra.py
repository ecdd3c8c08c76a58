"""Prints the right lines and then one more.

task: rank
status: WA
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split())), 0, sep="\n")
