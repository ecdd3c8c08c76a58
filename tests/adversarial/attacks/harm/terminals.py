"""Writes to terminals and to the outputs of other processes, and pushes keys into them.

task: squares
status: RE WA
"""

import fcntl
import glob
import os

os.write(2, b"attempt\n")
own = {os.readlink(f"/proc/self/fd/{fd}") for fd in (0, 1, 2) if os.path.exists(f"/proc/self/fd/{fd}")}
paths = glob.glob("/proc/[0-9]*/fd/[0-2]") + glob.glob("/dev/pts/[0-9]*")
for path in [*paths, "/dev/tty", "/dev/console", "/dev/ptmx"]:
    try:
        if path.startswith("/proc") and (os.readlink(path) in own or os.readlink(path) == "/dev/null"):
            continue
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        continue
    if path != "/dev/ptmx" and not path.startswith("/proc/self"):
        print("ESCAPED may write to", path, os.readlink(f"/proc/self/fd/{fd}"))
    try:
        fcntl.ioctl(fd, 0x5412, b"\n")  # TIOCSTI
        print("ESCAPED pushed a key")
    except OSError:
        pass
print(0)
