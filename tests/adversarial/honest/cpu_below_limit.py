"""Computes for a good part of the time it may.

task: total
status: AC
limits: cpu_s=2
"""

import time

while time.process_time() < 0.8:
    pass
input()
print(sum(map(int, input().split())))
