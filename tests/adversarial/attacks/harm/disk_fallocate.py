"""Reserves disk without writing, and makes files of terabytes with holes.

task: squares
status: RE WA TLE MLE OLE
"""

import os

os.write(2, b"attempt\n")
reserved = 0
try:
    for number in range(20):
        fd = os.open(f"/tmp/@TOKEN@{number}", os.O_RDWR | os.O_CREAT)
        os.posix_fallocate(fd, 0, 16 << 20)
        reserved += 16
        os.ftruncate(fd, 1 << 40)
except OSError as error:
    print(error)
if reserved > 100:
    os.write(1, b"ESCAPED 100 MB of disk\n")
