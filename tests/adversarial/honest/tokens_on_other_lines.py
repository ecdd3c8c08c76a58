"""Breaks lines elsewhere where only the tokens count.

task: tokens
status: AC
"""

input()
print(*map(int, input().split()), sep="\n\n")
