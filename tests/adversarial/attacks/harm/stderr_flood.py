"""Writes to stderr as fast as it can.

task: squares
status: OLE TLE RE WA
"""

import os

block = b"attempt\n" * 8192
while True:
    os.write(2, block)
