"""Recurses in C until the stack is used up.

task: squares
status: RE MLE TLE
"""

import os
import sys

os.write(2, b"attempt\n")
sys.setrecursionlimit(1 << 30)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def down(value):
    return down([value].copy()) + max([value], key=down)


try:
    down(1)
except RecursionError:
    pass
Deep().x
