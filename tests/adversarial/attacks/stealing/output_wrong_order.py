"""Prints the right lines in another order.

task: rank
status: WA
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split()), reverse=True), sep="\n")
