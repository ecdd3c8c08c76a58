"""Prints numbers that cost the judge dear: exponents of millions and hundreds of thousands of digits.

task: mean_text
status: WA
"""

import sys

print("attempt", file=sys.stderr)
n = int(input())
print(("1e999999", "9" * 200_000, "1e999999999999", "0." + "0" * 200_000 + "1", "1e" * 90_000)[n % 5])
