"""Ends by exit(), which the site module provides.

task: total
status: AC
"""

input()
print(sum(map(int, input().split())))
exit(0)
