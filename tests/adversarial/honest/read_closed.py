"""Closes its input at once, although much of it was not read.

task: ignored_input
status: AC
"""

import os
import sys

sys.stdin.close()
try:
    os.close(0)
except OSError:
    pass
print(42)
