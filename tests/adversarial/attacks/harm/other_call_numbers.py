"""Makes system calls under the numbers of other architectures: x32, and int 0x80 from machine code of its own.

task: squares
status: RE WA TLE
machine: x86_64
"""

import ctypes
import mmap
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(0x40000000 + 41, 2, 1, 0) >= 0:
    print("ESCAPED has a socket by x32", flush=True)
if libc.syscall(0x40000000 + 101, 16, os.getppid(), 0, 0) == 0:
    print("ESCAPED traces its parent by x32", flush=True)
# push rbx; mov eax, edi; mov ebx, esi; mov ecx, edx; xor edx, edx; int 0x80; pop rbx; ret
code = bytes.fromhex("53 89f8 89f3 89d1 31d2 cd80 5b c3")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)(
    ctypes.addressof(ctypes.c_char.from_buffer(page))
)
for name, arguments in {"socket": (359, 2, 1), "unshare": (310, 1 << 28, 0)}.items():
    child = os.fork()
    if child == 0:
        if call(*arguments) >= 0:
            print("ESCAPED", name, "by int 0x80", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
print(0)
