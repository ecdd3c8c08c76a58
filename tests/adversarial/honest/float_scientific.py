"""Writes its float with an exponent.

task: mean_text
status: AC
"""

n = int(input())
print(f"{sum(map(int, input().split())) / n:.12E}")
