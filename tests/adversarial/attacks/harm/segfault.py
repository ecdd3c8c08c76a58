"""Reads address 0 in C.

task: squares
status: RE
"""

import ctypes
import os

os.write(2, b"attempt\n")
ctypes.string_at(0)
