"""Is written in Python 2.

task: total
status: CE
"""

n = input()
print sum(map(int, raw_input().split()))
