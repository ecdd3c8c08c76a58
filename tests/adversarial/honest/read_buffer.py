"""Reads bytes from sys.stdin.buffer, with readline as its own name for input.

task: total
status: AC
"""

import sys

input = sys.stdin.buffer.readline
n = int(input())
print(sum(map(int, input().split()[:n])))
