"""Prints what the checker is to answer, and what would break a checker that splices text.

task: any_divisor
status: WA RE
"""

import sys

print("attempt", file=sys.stderr)
print("1.0", "AC", "OK", "True", '"""); raise SystemExit(0)  #', "\x00", sep="\n")
