"""Counts the tests in files and shared memory, to know which test it is in.

task: squares
status: WA
"""

import os
import sys

print("attempt", file=sys.stderr)
count = 0
for folder in {os.path.realpath(path) for path in ("/tmp", "/dev/shm", "/var/tmp", ".")}:
    try:
        with open(os.path.join(folder, "@TOKEN@"), "a+") as file:
            file.seek(0)
            count = max(count, len(file.read()))
            file.write("x")
    except OSError:
        pass
if count:
    print("ESCAPED this is test", count, file=sys.stderr)
print(count)
