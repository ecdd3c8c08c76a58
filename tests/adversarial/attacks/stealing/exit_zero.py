"""Leaves with status 0 before it has printed anything.

task: squares
status: WA
"""

import os
import sys

os.write(2, b"attempt\n")
sys.exit(0)
