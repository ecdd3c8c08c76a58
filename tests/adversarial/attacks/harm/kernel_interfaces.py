"""Asks for the kernel interfaces that most escapes have begun with.

task: squares
status: RE WA
machine: x86_64
"""

import ctypes
import os

os.write(2, b"attempt\n")
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(256)
room[0], room[4] = 1, 128  # a software event of perf, or the type of a map
CALLS = {
    "bpf": (321, 0, room, 72),
    "perf_event_open": (298, room, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "userfaultfd, user mode": (323, 1),
    "keyctl": (250, 0, -3, 1),
    "add_key": (248, b"user", b"@TOKEN@", b"x", 1, -3),
    "request_key": (249, b"user", b"@TOKEN@", None, -3),
    "fanotify_init": (300, 0, 0),
    "kexec_load": (246, 0, 0, None, 0),
    "init_module": (175, room, 256, b""),
    "finit_module": (313, 0, b"", 0),
    "delete_module": (176, b"@TOKEN@", 0),
    "syslog": (103, 3, room, 256),
    "acct": (163, None),
    "swapoff": (168, b"/dev/@TOKEN@"),
    "quotactl": (179, 0x800007 << 8, None, 0, None),
    "iopl": (172, 3),
    "ioperm": (173, 0, 1, 1),
    "vhangup": (153,),
    "personality": (135, 0x0400000),  # no address randomisation
    "memfd_secret": (447, 0),
    "pidfd_getfd": (438, 0, 0, 0),
    "process_madvise": (440, 0, None, 0, 20, 0),
    "lookup_dcookie": (212, 0, room, 256),
    "move_pages": (279, 1, 0, None, None, None, 0),
    "migrate_pages": (256, 1, 8, room, room),
}
HARMLESS = {"personality", "move_pages", "migrate_pages"}
for name, call in CALLS.items():
    ctypes.set_errno(0)
    found = libc.syscall(*call)
    if found >= 0 and name not in HARMLESS:
        print("ESCAPED", name, found)
print(0)
