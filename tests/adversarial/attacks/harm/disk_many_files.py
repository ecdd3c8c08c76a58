"""Writes many files, each below the limit.

task: squares
status: RE WA TLE MLE OLE
"""

import os

os.write(2, b"attempt\n")
written = 0
try:
    for number in range(200):
        with open(f"/tmp/@TOKEN@{number}", "wb", 0) as file:
            written += file.write(b"x" * (1 << 20))
except OSError as error:
    print(error)
if written > 100 << 20:
    os.write(1, b"ESCAPED 100 MB of disk\n")
