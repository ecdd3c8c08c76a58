"""Returns True where 1 is expected: equal in Python, another type to the judge.

task: parity
status: WA
"""

import os


def parity(n):
    os.write(2, b"attempt\n")
    return n % 2 == 1
