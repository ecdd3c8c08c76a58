"""Asks the kernel to change what Ctrl-Alt-Del does, the harmless one of the reboot commands.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(169, 0xFEE1DEAD, 672274793, 0x89ABCDEF, None) == 0 and os.getuid() == 0:
    print("ESCAPED spoke to reboot")
print(0)
