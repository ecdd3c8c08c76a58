"""Leaves out the last line.

task: rank
status: WA
"""

input()
print(*sorted(map(int, input().split()))[:-1], sep="\n")
