"""Recurses deeply on the main thread.

ground_truth: {"kind": "stdin", "tests": [{"input": "6000\n", "output": "6000\n"}]}
status: AC
"""

import sys

sys.setrecursionlimit(10**6)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print(depth(int(input())))
