"""Does not end its last line.

task: rank
status: AC
"""

input()
print(*sorted(map(int, input().split())), sep="\n", end="")
