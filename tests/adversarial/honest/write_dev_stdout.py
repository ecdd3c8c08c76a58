"""Writes to /dev/stdout and /dev/stderr by their names.

task: total
status: AC
"""

with open("/dev/stderr", "w") as file:
    file.write("debug\n")
input()
with open("/dev/stdout", "w") as file:
    print(sum(map(int, input().split())), file=file)
