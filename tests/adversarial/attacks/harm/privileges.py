"""Takes other identities and capabilities.

task: squares
status: RE WA
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
for attempt in (
    lambda: os.setgroups([0, 42]),
    lambda: os.setresuid(12345, 12345, 12345),
    lambda: os.setresgid(54321, 54321, 54321),
):
    try:
        attempt()
        print("ESCAPED changed its identity")
    except OSError as error:
        print(error)
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
data = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
if libc.capset(head, data) == 0:
    print("ESCAPED took capabilities")
for line in open("/proc/self/status"):
    name, _, value = line.partition(":")
    if name in ("CapEff", "CapPrm", "CapInh", "CapAmb") and int(value, 16):
        print("ESCAPED has capabilities", line)
    if name == "NoNewPrivs" and int(value) != 1:
        print("ESCAPED new privileges are not ruled out")
    if name == "Seccomp" and int(value) != 2:
        print("ESCAPED no filter of system calls")
print(0)
