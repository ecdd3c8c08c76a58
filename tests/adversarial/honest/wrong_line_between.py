"""Writes an empty line between the others.

task: rank
status: WA
"""

input()
print(*sorted(map(int, input().split())), sep="\n\n")
