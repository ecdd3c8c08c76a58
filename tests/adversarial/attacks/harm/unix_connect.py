"""Connects to the host's Unix sockets, by path and by abstract name.

task: squares
status: RE WA
"""

import os
import socket

os.write(2, b"attempt\n")
for name in ("@SOCKET@", "\0@ABSTRACT@", "/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as connection:
                connection.connect(name)
                print("ESCAPED connected to", ascii(name))
        except OSError as error:
            print(error)
try:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.sendto(b"@TOKEN@", "\0@ABSTRACT@dgram")
    print("ESCAPED sent from one of a pair")
except OSError as error:
    print(error)
print(0)
