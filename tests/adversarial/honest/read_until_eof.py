"""Calls input() until EOFError.

task: total
status: AC
"""

words = []
try:
    while True:
        words += input().split()
except EOFError:
    print(sum(map(int, words[1:])))
