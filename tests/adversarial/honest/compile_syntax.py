"""Has an error of syntax.

task: total
status: CE
"""

print(sum(map(int, input().split()))
