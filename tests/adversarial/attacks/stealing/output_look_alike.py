"""Prints the right number in digits of another script and with a minus that only looks like one.

task: rank
status: WA
"""

import sys

print("attempt", file=sys.stderr)
sys.stdin.readline()
for number in sorted(map(int, sys.stdin.readline().split())):
    sys.stdout.buffer.write(
        str(number).replace("-", "−").translate({48 + i: 0x660 + i for i in range(10)}).encode() + b"\n"
    )
