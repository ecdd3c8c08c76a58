"""Leaves a server behind that listens on a port.

task: squares
status: RE WA TLE
"""

import ctypes
import os
import socket
import time

os.write(2, b"attempt\n")
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
    try:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("0.0.0.0", int("@FREE_PORT@")))
        server.listen()
    except OSError as error:
        print(error)
    os.close(1)
    os.close(2)
    time.sleep(60)
    os._exit(0)
time.sleep(0.05)
print(0)
