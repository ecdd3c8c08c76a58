"""Passes asserts on distances, in a loop, with a helper of the test's own.

task: root
status: AC
"""

import math


def root(x):
    return math.sqrt(x)
