"""Fills /dev/shm.

task: squares
status: MLE RE WA TLE OLE
"""

import os

os.write(2, b"attempt\n")
written = 0
for number in range(100):
    try:
        with open(f"/dev/shm/@TOKEN@{number}", "wb", 0) as file:
            for _ in range(8):
                written += file.write(b"x" * (1 << 20))
    except OSError as error:
        print(error)
        break
if written > 300 << 20:
    os.write(1, b"ESCAPED 300 MB in /dev/shm\n")
