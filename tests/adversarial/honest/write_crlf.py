"""Ends lines as on Windows.

task: rank
status: AC
"""

input()
print(*sorted(map(int, input().split())), sep="\r\n", end="\r\n")
