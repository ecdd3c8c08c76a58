"""Writes bytes, and mixes them with print in the right order.

task: rank
status: AC
"""

import sys

sys.stdin.readline()
numbers = sorted(map(int, sys.stdin.readline().split()))
print(numbers[0])
sys.stdout.flush()
sys.stdout.buffer.write("\n".join(map(str, numbers[1:])).encode() + b"\n")
