"""Finds descriptors 0, 1 and 2 open and isolated from one another, and gets 3 for the next.

task: total
status: AC
"""

import os
import sys

assert [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)] == [0, 1, 2]
assert not os.isatty(0) and not os.isatty(1)
out, into = os.pipe()
os.write(into, b"x")
assert os.read(out, 1) == b"x"
input()
print(sum(map(int, input().split())))
