"""Ends by SystemExit(False), whose status is 0.

task: total
status: AC
"""

input()
print(sum(map(int, input().split())))
raise SystemExit(False)
