"""Writes files that it has already unlinked, so that no folder shows them.

task: squares
status: RE WA TLE MLE OLE
"""

import os

os.write(2, b"attempt\n")
written, kept = 0, []
try:
    for number in range(200):
        fd = os.open(f"/tmp/@TOKEN@{number}", os.O_RDWR | os.O_CREAT)
        os.unlink(f"/tmp/@TOKEN@{number}")
        kept.append(fd)
        written += os.write(fd, b"x" * (1 << 20))
except OSError as error:
    print(error)
if written > 100 << 20:
    os.write(1, b"ESCAPED 100 MB of disk\n")
