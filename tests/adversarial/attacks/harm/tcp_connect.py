"""Connects to a service on the machine.

task: squares
status: RE WA
"""

import os
import socket

os.write(2, b"attempt\n")
for address in ("127.0.0.1", "localhost", "0.0.0.0", "::1"):
    try:
        with socket.create_connection((address, int("@PORT@")), timeout=0.2) as connection:
            connection.sendall(b"@TOKEN@")
        print("ESCAPED connected to", address)
    except OSError as error:
        print(error)
print(0)
