"""Enters new namespaces to gain capabilities in them, with unshare, clone and clone3.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
NEW = {
    "user": 1 << 28,
    "mount": 1 << 17,
    "pid": 1 << 29,
    "net": 1 << 30,
    "ipc": 1 << 27,
    "uts": 1 << 26,
    "cgroup": 1 << 25,
}
for name, flag in NEW.items():
    child = os.fork()
    if child == 0:
        if libc.unshare(flag) == 0:
            print("ESCAPED unshared", name, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    pid = libc.syscall(56, flag | 17, None, None, None, None)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        print("ESCAPED cloned into a new namespace", name)
    arguments = (ctypes.c_uint64 * 11)(flag, 0, 0, 0, 17)
    pid = libc.syscall(435, ctypes.byref(arguments), 88)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        print("ESCAPED cloned3 into a new namespace", name)
print(0)
