"""Opens descriptors until none is left, and keeps them in children.

task: squares
status: WA RE TLE
"""

import os
import resource

os.write(2, b"attempt\n")
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
except (OSError, ValueError):
    pass
kept = []
try:
    while len(kept) < 100_000:
        kept.append(os.pipe())
except OSError:
    pass
if len(kept) > 50_000:
    print("ESCAPED", len(kept), "pipes")
