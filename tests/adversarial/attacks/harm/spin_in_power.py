"""Spins in long integer arithmetic and its conversion to text.

task: squares
status: TLE MLE OLE
"""

import os
import sys

os.write(2, b"attempt\n")
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)
print(str(3**60_000_000))
