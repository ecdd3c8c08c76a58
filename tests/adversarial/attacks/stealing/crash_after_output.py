"""Prints the right lines and ends with a failure: right output does not excuse a non-zero exit.

task: rank
status: RE
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
print(*sorted(map(int, sys.stdin.readline().split())), sep="\n")
sys.stdout.flush()
sys.exit(3)
