"""Appends without end.

task: total
status: MLE
limits: cpu_s=5
"""

kept = []
while True:
    kept.append([0] * 100_000)
