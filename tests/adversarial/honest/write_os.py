"""Writes to descriptor 1 past Python's buffers, after a flush.

task: total
status: AC
"""

import os
import sys

input()
sys.stdout.flush()
os.write(1, (str(sum(map(int, input().split()))) + "\n").encode())
