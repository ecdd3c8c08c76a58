"""Changes limits, priority, processors and badness of its parent.

task: squares
status: RE WA TLE
"""

import os
import resource

os.write(2, b"attempt\n")
parent = os.getppid()
for attempt in (
    lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (3, 3)),
    lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (1, 1)),
    lambda: open(f"/proc/{parent}/oom_score_adj", "w").write("1000"),
):
    try:
        attempt()
        print("ESCAPED changed its parent")
    except (OSError, ValueError, OverflowError) as error:
        print(error)
print(0)
