"""Leaves a secret in the keyrings that processes of one user share.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
for ring in (-1, -2, -3, -4, -5):  # thread, process, session, user, user session
    if libc.syscall(248, b"user", b"@TOKEN@", b"secret", 6, ring) >= 0:
        print("ESCAPED has a key in ring", ring)
print(0)
