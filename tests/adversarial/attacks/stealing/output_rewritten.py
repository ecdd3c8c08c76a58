"""Seeks and truncates its own stdout, and writes to its stdin.

task: squares
status: WA RE
"""

import os

os.write(2, b"attempt\n")
os.write(1, b"0\n")
for call in (
    lambda: os.lseek(1, 0, 0),
    lambda: os.ftruncate(1, 0),
    lambda: os.write(0, b"AC\n"),
    lambda: os.read(1, 100),
    lambda: os.pread(1, 100, 0),
):
    try:
        call()
    except OSError:
        pass
