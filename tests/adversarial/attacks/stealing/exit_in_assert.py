"""Leaves with status 0 under an assert-style test: an exit code proves nothing.

task: close
status: RE
"""

import os
import sys


def has_close(numbers, threshold):
    os.write(2, b"attempt\n")
    sys.exit(0)
