"""Ends by os._exit after a flush.

task: total
status: AC
"""

import os
import sys

input()
print(sum(map(int, input().split())))
sys.stdout.flush()
os._exit(0)
