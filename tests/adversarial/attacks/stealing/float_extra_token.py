"""Prints the right float and one token more.

task: mean_text
status: WA
"""

import sys

print("attempt", file=sys.stderr)
n = int(input())
print(sum(map(int, input().split())) / n, 0)
