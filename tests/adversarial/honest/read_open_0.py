"""Opens descriptor 0.

task: total
status: AC
"""

print(sum(map(int, open(0).read().split()[1:])))
