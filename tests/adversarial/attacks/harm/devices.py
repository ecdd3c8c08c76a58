"""Makes device files, and opens the devices there are.

task: squares
status: RE WA
"""

import os
import stat

os.write(2, b"attempt\n")
HARMLESS = {"null", "zero", "full", "random", "urandom", "stdin", "stdout", "stderr", "ptmx", "tty"}
for folder in ("/tmp", "/dev/shm", "."):
    for kind, number in (
        (stat.S_IFBLK, os.makedev(254, 0)),
        (stat.S_IFBLK, os.makedev(8, 0)),
        (stat.S_IFCHR, os.makedev(1, 1)),
    ):
        try:
            os.mknod(folder + "/@TOKEN@", kind | 0o600, number)
            os.close(os.open(folder + "/@TOKEN@", os.O_RDONLY))
            print("ESCAPED made a device")
        except OSError:
            pass
for folder, folders, names in os.walk("/dev"):
    folders[:] = [name for name in folders if name not in ("shm", "mqueue", "pts", "fd")]
    for name in names:
        path = os.path.join(folder, name)
        try:
            mode = os.stat(path).st_mode
            if name not in HARMLESS and (stat.S_ISBLK(mode) or stat.S_ISCHR(mode)):
                os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))
                print("ESCAPED opened", path)
        except OSError:
            pass
print(0)
