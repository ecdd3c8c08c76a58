"""Writes into the memory of its parent.

task: squares
status: RE WA
"""

import ctypes
import os
import sys

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


mark = ctypes.create_string_buffer(8)
for pid in {os.getppid(), 1} - {0, os.getpid()}:
    try:
        os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))
        print("ESCAPED may write the memory of", pid)
    except OSError as error:
        print(error)
    here, there = Piece(ctypes.addressof(mark), 8), Piece(id(sys), 8)
    if libc.process_vm_writev(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) > 0:
        print("ESCAPED wrote to", pid)
print(0)
