"""The Linux system calls that Python's standard library lacks (`os.unshare` and others came with 3.12)."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

ARCHITECTURE = platform.machine()
"""System call numbers are known for x86_64 and aarch64."""

NEW_MOUNTS, NEW_HOSTNAME, NEW_IPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
NEW_USERS, NEW_PIDS, NEW_NETWORK = 0x1000_0000, 0x2000_0000, 0x4000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE, MNT_DETACH = 0x4000, 1 << 18, 2

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 24, 36, 38

_NUMBERS = {"capset": (126, 91), "pivot_root": (155, 41), "mount_setattr": (442, 442)}
_NUMBERS |= {
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.argtypes = (ctypes.c_int, *4 * (ctypes.c_ulong,))


def supported() -> bool:
    return os.name == "posix" and platform.system() == "Linux" and ARCHITECTURE in ("x86_64", "aarch64")


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, *arguments: int | bytes | ctypes.c_char_p | None) -> int:
    number = _NUMBERS[name][0 if ARCHITECTURE == "x86_64" else 1]
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *wide), name)


def _prctl(option: int, *arguments: int) -> int:
    return _checked(_libc.prctl(option, *arguments, *(0,) * (4 - len(arguments))), "prctl")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    words = [os.fsencode(word) or None for word in (source, target, kind)]
    _checked(_libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(options) or None), f"mount {target}")


def unmount(target: str) -> None:
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def bind_read_only(source: str, target: str) -> None:
    """Show a file or a tree in a second place, with all that is mounted below it, and let nobody write there."""
    mount(source, target, flags=MS_BIND | MS_REC)
    read_only_nosuid = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID, 0, 0, 0)
    try:
        syscall("mount_setattr", -100, os.fsencode(target), 0x8000, read_only_nosuid, len(read_only_nosuid))
    except OSError:  # before Linux 5.12: what is mounted below keeps its own flags
        mount("", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID)


def change_root(new: str) -> None:
    """Make `new`, a mount point, the root of this mount namespace, and forget the old one."""
    os.chdir(new)
    syscall("pivot_root", b".", b".")
    unmount(".")
    os.chdir("/")


def set_hostname(name: str) -> None:
    _checked(_libc.sethostname(os.fsencode(name), len(name)), "sethostname")


def die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, 9)


def set_dumpable(dumpable: bool) -> None:
    """A process that is not dumpable hides its memory and descriptors from its own user."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def adopt_orphans() -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def no_new_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def forget_bounding_set() -> None:
    """No program that this process starts will gain a capability; its own it keeps."""
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            return  # the first number that this kernel does not know; or no right to drop, and so none to gain


_NO_CAPABILITIES = struct.pack("II", 0x2008_0522, 0), bytes(24)


def drop_capabilities() -> None:
    syscall("capset", *_NO_CAPABILITIES)


def install_filter(instructions: bytes) -> None:
    """Install a seccomp filter for this process and all that it starts."""

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    program = Filter(len(instructions) // 8, instructions)
    _checked(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.addressof(program), 0, 0), "seccomp")
