"""Writes one file without end.

task: squares
status: RE WA TLE MLE OLE
"""

import os

os.write(2, b"attempt\n")
written = 0
for folder in (".", "/tmp", "/var/tmp"):
    try:
        with open(folder + "/@TOKEN@", "wb", 0) as file:
            while written < 200 << 20:
                written += file.write(b"x" * (1 << 20))
    except OSError as error:
        print(error)
if written > 100 << 20:
    os.write(1, b"ESCAPED 100 MB of disk\n")
