"""Changes limits, priority, processors and badness of its parent.

task: squares
status: RE WA TLE
"""

import os
import resource


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


os.write(2, b"attempt\n")
parent = os.getppid()
for attempt in (
    lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (3, 3)),
    lambda: resource.prlimit(parent, resource.RLIMIT_CPU, (1, 1)),
    lambda: write(f"/proc/{parent}/oom_score_adj", "1000"),
):
    try:
        attempt()
        print("ESCAPED changed its parent")
    except (OSError, ValueError, OverflowError) as error:
        print(error)
print(0)
