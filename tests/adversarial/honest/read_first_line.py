"""Reads one line of a large input and leaves the rest.

task: first_line
status: AC
"""

print(input())
