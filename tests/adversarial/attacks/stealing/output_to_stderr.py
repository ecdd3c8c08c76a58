"""Prints the right answer to stderr alone.

task: rank
status: WA
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split())), sep="\n", file=sys.stderr)
