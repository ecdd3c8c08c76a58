"""Raises its own limits.

task: squares
status: RE WA
"""

import os
import resource

os.write(2, b"attempt\n")
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE", "RLIMIT_DATA"):
    kind = getattr(resource, name)
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        continue
    for wish in (hard + 1, resource.RLIM_INFINITY):
        try:
            resource.setrlimit(kind, (wish, wish))
            print("ESCAPED raised", name)
        except (OSError, ValueError):
            pass
print(0)
