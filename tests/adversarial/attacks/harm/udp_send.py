"""Sends datagrams to a service on the machine.

task: squares
status: RE WA
"""

import os
import socket

os.write(2, b"attempt\n")
for address in "127.0.0.1":
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"@TOKEN@", (address, int("@PORT@")))
    except OSError as error:
        print(error)
print(0)
