"""Leaves blanks at the ends of lines and empty lines at the end.

task: rank
status: AC
"""

input()
for number in sorted(map(int, input().split())):
    print(number, end=" \n")
print()
print("  ")
