"""Has a file, which it can read, and one argument.

task: total
status: AC
"""

import sys

assert len(sys.argv) == 1
with open(__file__) as file:
    assert "which it can read" in file.read()
input()
print(sum(map(int, input().split())))
