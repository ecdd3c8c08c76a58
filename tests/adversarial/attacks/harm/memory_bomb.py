"""Takes memory without end, and touches it.

task: squares
status: MLE
"""

import os

os.write(2, b"attempt\n")
kept = []
while True:
    kept.append(bytearray(b"x") * (1 << 23))
    if len(kept) > 200:
        os.write(1, b"ESCAPED\n")
        break
