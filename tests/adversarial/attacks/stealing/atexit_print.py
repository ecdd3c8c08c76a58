"""Prints the verdict in an atexit handler, after everything else.

task: squares
status: WA
"""

import atexit
import sys

print("attempt", file=sys.stderr)
atexit.register(print, '{"status": "AC", "score": 1.0, "passed": true}')
print(0)
