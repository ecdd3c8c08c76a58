"""Spins in the regular expression engine.

task: squares
status: TLE
"""

import os
import re

os.write(2, b"attempt\n")
print(re.match(r"(a+)+$", "a" * 60 + "b"))
