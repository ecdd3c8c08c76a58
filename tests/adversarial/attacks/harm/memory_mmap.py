"""Maps shared and private memory behind Python's back.

task: squares
status: MLE RE WA TLE
"""

import mmap
import os

os.write(2, b"attempt\n")
kept = []
try:
    for _ in range(100):
        block = mmap.mmap(-1, 10 << 20)
        block[:] = b"x" * (10 << 20)
        kept.append(block)
    os.write(1, b"ESCAPED 1000 MB mapped\n")
except OSError as error:
    print(error)
