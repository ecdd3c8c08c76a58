"""Crashes in the call: that test alone is lost, and the harness is not.

task: longest
status: RE
"""

import ctypes
import os


def longest(nums):
    os.write(2, b"attempt\n")
    ctypes.string_at(0)
