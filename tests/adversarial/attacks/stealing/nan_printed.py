"""Prints nan, inf and friends where a float with a tolerance is expected.

task: mean_text
status: WA
"""

import sys

print("attempt", file=sys.stderr)
n = int(input())
print(("nan", "inf", "-inf", "NaN", "1e999")[n % 5])
