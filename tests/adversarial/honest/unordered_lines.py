"""Writes lines in another order where only which they are counts.

task: unordered
status: AC
"""

input()
print(*sorted(input().split(), reverse=True), sep="\n")
