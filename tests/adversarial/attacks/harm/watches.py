"""Takes inotify watches and epoll sets, which are counted for a user and not for a process.

task: squares
status: RE WA TLE
"""

import ctypes
import os
import select

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
kept = []
try:
    for _ in range(500):
        fd = libc.inotify_init1(0)
        if fd < 0:
            break
        libc.inotify_add_watch(fd, b"/", 0xFFF)
        kept.append(select.epoll())
except OSError as error:
    print(error)
print(0)
