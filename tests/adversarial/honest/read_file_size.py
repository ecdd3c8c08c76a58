"""Asks how large its input is and reads that much, as fast readers for contests do.

task: total
status: AC
"""

import io
import os

input = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline
input()
print(sum(map(int, input().split())))
