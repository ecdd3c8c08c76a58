"""Writes a prompt to stdout.

task: total
status: WA
"""

input("n? ")
print(sum(map(int, input().split())))
