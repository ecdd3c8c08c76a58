"""Prints the right answer and ends with status 1.

task: total
status: RE
"""

import sys

input()
print(sum(map(int, input().split())))
sys.exit(1)
