"""Begins with a byte order mark.

task: total
status: AC
"""

input()
print(sum(map(int, input().split())))
