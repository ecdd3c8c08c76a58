"""Returns outside of a function.

task: total
status: CE
"""

input()
print(sum(map(int, input().split())))
return 0
