"""Renames the machine.

task: squares
status: RE WA
"""

import os
import socket

os.write(2, b"attempt\n")
for attempt in (
    lambda: socket.sethostname("@TOKEN@"),
    lambda: open("/proc/sys/kernel/hostname", "w").write("@TOKEN@"),
    lambda: open("/proc/sys/kernel/domainname", "w").write("@TOKEN@"),
):
    try:
        attempt()
    except OSError as error:
        print(error)
print(0)
