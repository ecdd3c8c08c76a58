"""Writes to stdout as fast as it can.

task: squares
status: OLE
"""

import os

os.write(2, b"attempt\n")
block = b"7" * 65536
while True:
    os.write(1, block)
