"""Installs a filter of its own that hands its system calls to a supervisor, and one that lies about their results.

task: squares
status: RE WA TLE
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    _fields_ = [("size", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def install(action, flags):
    code = ctypes.create_string_buffer(bytes([6, 0, 0, 0]) + action.to_bytes(4, "little"))
    return libc.syscall(317, 1, flags, ctypes.byref(Program(1, ctypes.addressof(code))))


if install(0x7FC00000, 8) >= 0:  # everything waits for a supervisor
    os.write(1, b"0\n")
