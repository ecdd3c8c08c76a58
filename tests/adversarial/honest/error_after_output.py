"""Prints the right answer and then fails.

task: total
status: RE
"""

input()
print(sum(map(int, input().split())), flush=True)
raise RuntimeError
