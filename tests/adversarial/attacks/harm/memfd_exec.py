"""Runs a program that lies in no folder, out of an anonymous file.

task: squares
status: RE WA TLE
"""

import os

os.write(2, b"attempt\n")
try:
    fd = os.memfd_create("@TOKEN@", 0)
    with open("/bin/sleep", "rb") as source:
        os.write(fd, source.read())
    if os.fork() == 0:
        os.setsid()
        os.execve(fd, ["@TOKEN@", "60"], {})
except (OSError, AttributeError) as error:
    print(error)
print(0)
