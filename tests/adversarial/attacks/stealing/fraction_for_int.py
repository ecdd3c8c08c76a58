"""Returns a Fraction, which equals the int that is expected.

task: parity
status: WA RE
"""

import os
from fractions import Fraction


def parity(n):
    os.write(2, b"attempt\n")
    return Fraction(n % 2)
