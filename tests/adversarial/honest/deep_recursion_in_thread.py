"""Recurses deeply in a thread with a large stack, as in contests.

ground_truth: {"kind": "stdin", "tests": [{"input": "50000\n", "output": "50000\n"}]}
status: AC
"""

import sys
import threading


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def main():
    print(depth(int(input())))


sys.setrecursionlimit(10**7)
threading.stack_size(128 * 1024 * 1024)
thread = threading.Thread(target=main)
thread.start()
thread.join()
