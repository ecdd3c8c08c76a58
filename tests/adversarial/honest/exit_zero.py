"""Ends by sys.exit() after its output.

task: total
status: AC
"""

import sys

input()
print(sum(map(int, input().split())))
sys.exit()
