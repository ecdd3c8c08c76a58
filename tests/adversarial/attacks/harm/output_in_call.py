"""Floods stdout from within a call.

task: longest
status: OLE
"""

import os


def longest(nums):
    os.write(2, b"attempt\n")
    while True:
        print("x" * 1000)
