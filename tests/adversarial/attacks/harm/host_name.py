"""Renames the machine.

task: squares
status: RE WA
"""

import os
import socket


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


os.write(2, b"attempt\n")
for attempt in (
    lambda: socket.sethostname("@TOKEN@"),
    lambda: write("/proc/sys/kernel/hostname", "@TOKEN@"),
    lambda: write("/proc/sys/kernel/domainname", "@TOKEN@"),
):
    try:
        attempt()
    except OSError as error:
        print(error)
print(0)
