"""Opens sockets of families that reach into the kernel: netlink, packet, raw, vsock, alg, bluetooth, can.

task: squares
status: RE WA
"""

import os
import socket

os.write(2, b"attempt\n")
KINDS = {
    "netlink": (16, socket.SOCK_RAW, 0),
    "netfilter": (16, socket.SOCK_RAW, 12),
    "packet": (17, socket.SOCK_RAW, 0x300),
    "raw": (2, socket.SOCK_RAW, 1),
    "vsock": (40, socket.SOCK_STREAM, 0),
    "alg": (38, socket.SOCK_SEQPACKET, 0),
    "can": (29, socket.SOCK_RAW, 1),
    "xdp": (44, socket.SOCK_RAW, 0),
    "rds": (21, socket.SOCK_SEQPACKET, 0),
    "tipc": (30, socket.SOCK_SEQPACKET, 0),
    "smc": (43, socket.SOCK_STREAM, 0),
}
for name, kind in KINDS.items():
    try:
        socket.socket(*kind).close()
        print("ESCAPED opened a socket of family", name)
    except OSError:
        pass
print(0)
