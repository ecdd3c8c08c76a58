"""Prints what the checker does not accept.

task: any_divisor
status: WA
"""

print(int(input()) - 1)
