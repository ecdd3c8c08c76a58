"""Writes a line twice and leaves another out, where the order does not count.

task: unordered
status: WA
"""

input()
words = sorted(input().split(), reverse=True)
words[0] = words[1]
print(*words, sep="\n")
