"""Is outside the tolerance.

task: mean_text
status: WA
"""

n = int(input())
print(sum(map(int, input().split())) / n + 0.01)
