"""Prints nothing but blanks and ends of lines, of every kind there is.

task: rank
status: WA
"""

import os

os.write(2, b"attempt\n")
os.write(1, (" \t\r\n\x0b\x0c\x1c\x85\u2028\n" * 10_000).encode())
