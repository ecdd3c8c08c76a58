"""Catches every MemoryError and goes on asking.

task: squares
status: MLE TLE WA RE
"""

import os

os.write(2, b"attempt\n")
kept = []
while True:
    try:
        while len(kept) < 20_000:
            kept.append(bytearray(b"x") * (1 << 20))
        os.write(1, b"ESCAPED\n")
        break
    except MemoryError:
        pass
