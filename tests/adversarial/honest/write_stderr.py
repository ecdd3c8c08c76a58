"""Writes much to stderr, which is not judged.

task: total
status: AC
"""

import sys

print("debug: start", file=sys.stderr)
input()
print(sum(map(int, input().split())))
print("debug: end\n" * 100, file=sys.stderr)
