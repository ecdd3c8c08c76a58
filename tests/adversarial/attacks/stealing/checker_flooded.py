"""Prints a number of a hundred thousand digits for the checker to choke on.

task: any_divisor
status: WA RE TLE OLE
"""

import sys

print("attempt", file=sys.stderr)
print("9" * 60_000)
