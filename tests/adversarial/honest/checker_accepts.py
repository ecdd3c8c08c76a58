"""Prints one of the many answers that the checker accepts.

task: any_divisor
status: AC
"""

n = int(input())
print(next(d for d in range(n - 1, 0, -1) if n % d == 0))
