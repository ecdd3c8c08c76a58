"""Ends by sys.exit with a text, which is status 1.

task: total
status: RE
"""

import sys

input()
print(sum(map(int, input().split())))
sys.exit("done")
