"""Writes just below the limit on output.

task: near_cap
status: AC
"""

n = int(input())
print("." * n)
