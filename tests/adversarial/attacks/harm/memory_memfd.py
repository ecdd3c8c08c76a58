"""Fills anonymous files, which no limit on address space counts.

task: squares
status: MLE RE WA TLE OLE
"""

import os
import time

os.write(2, b"attempt\n")
written, block = 0, b"x" * (1 << 20)
try:
    for _ in range(100):
        fd = os.memfd_create("x")
        for _ in range(8):
            written += os.write(fd, block)
    time.sleep(0.5)
except (OSError, AttributeError) as error:
    print(error)
if written > 600 << 20:
    os.write(1, b"ESCAPED 600 MB in anonymous files\n")
