"""Hides open files in messages that nobody receives, past the limit on descriptors.

task: squares
status: WA RE TLE
"""

import os
import socket

os.write(2, b"attempt\n")
hidden = 0
pairs = []
try:
    for _ in range(200):
        pair = socket.socketpair()
        pairs.append(pair)
        pair[0].setblocking(False)
        fd = os.open("/dev/null", os.O_RDONLY)
        for _ in range(200):
            socket.send_fds(pair[0], [b"x"], [fd] * 100)
            hidden += 100
except OSError:
    pass
if hidden > 200_000:
    print("ESCAPED", hidden, "files in flight")
