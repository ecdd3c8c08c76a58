"""Is within the tolerance.

task: mean_text
status: AC
"""

n = int(input())
print(f"{sum(map(int, input().split())) / n:.7f}")
