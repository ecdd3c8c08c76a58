"""Prints all guesses and takes the wrong ones back with carriage returns, backspaces and escape sequences.

task: small
status: WA
"""

import sys

print("attempt", file=sys.stderr)
for guess in range(10):
    sys.stdout.write(f"{guess}\r\x1b[2K\b \b\x00")
print()
