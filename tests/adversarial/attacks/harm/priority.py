"""Raises its priority: nice, real-time scheduling, badness.

task: squares
status: RE WA
"""

import os


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


os.write(2, b"attempt\n")
for attempt in (
    lambda: os.nice(-10),
    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
    lambda: write("/proc/self/oom_score_adj", "-1000"),
):
    try:
        attempt()
        print("ESCAPED raised its priority")
    except OSError as error:
        print(error)
try:
    os.sched_setaffinity(0, range(os.cpu_count()))
except OSError:
    pass
print(0)
